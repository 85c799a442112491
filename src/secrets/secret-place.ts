// How settings name the place of a secret: its schema. The settings hold no secret.
import { Type } from 'typebox'

/** Of a secret that `description` names: a file, or a variable of the environment. */
export const SecretPlace = (description: string) =>
  Type.Object(
    {
      file: Type.Optional(
        Type.String({
          minLength: 1,
          description: 'A file that only its owner may open. It is read for every sign-in.',
        }),
      ),
      variable: Type.Optional(Type.String({ minLength: 1, description: 'A variable of the environment.' })),
    },
    { additionalProperties: false, minProperties: 1, maxProperties: 1, description },
  )
