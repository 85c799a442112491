{{- define "hashwarden.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "hashwarden.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{/* Of the pods of a role: (list . "matcher") */}}
{{- define "hashwarden.selector" -}}
{{- $top := index . 0 -}}
app.kubernetes.io/name: {{ $top.Chart.Name }}
app.kubernetes.io/instance: {{ $top.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "hashwarden.labels" -}}
{{- $top := index . 0 -}}
{{ include "hashwarden.selector" . }}
app.kubernetes.io/version: {{ $top.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $top.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $top.Chart.Name $top.Chart.Version }}
{{- end }}

{{/* Partitions of reports bound the pods: more of them would be idle. */}}
{{- define "hashwarden.maxReplicas" -}}
{{- $max := div .Values.partitions .Values.matcher.threads -}}
{{- $min := ternary .Values.matcher.autoscaling.minReplicas .Values.matcher.replicas .Values.matcher.autoscaling.enabled -}}
{{- if lt (int $max) (int $min) }}{{ fail (printf "%d partitions feed %d matchers of %d threads, fewer than the %d asked for: raise partitions, or lower matcher.threads" (int .Values.partitions) (int $max) (int .Values.matcher.threads) (int $min)) }}{{ end -}}
{{- $max -}}
{{- end }}

{{/* The settings of a role, as YAML: (list . "matcher" .Values.matcher.settings) */}}
{{- define "hashwarden.settings" -}}
{{- $top := index . 0 -}}
{{- $role := index . 1 -}}
{{- $matcher := $top.Values.matcher -}}
{{- $ours := dict "telemetry" (dict "host" "0.0.0.0" "port" 9464) "provision" (dict "partitions" $top.Values.partitions) "match" (dict "threads" $matcher.threads) "review" (dict "host" "0.0.0.0" "port" 9465) -}}
{{- if and (eq $role "matcher") $matcher.snapshot.enabled -}}
{{- $_ := set $ours.match "snapshot" (dict "file" "/var/lib/hashwarden/known.snapshot" "keyFile" "/run/secrets/hashwarden/snapshot-key" "everyMinutes" $matcher.snapshot.everyMinutes) -}}
{{- end -}}
{{- if eq $role "serve" -}}
{{- $_ := set $ours "sharing" (dict "host" "0.0.0.0" "port" 9466) -}}
{{- end -}}
{{- if eq $role "gateway" -}}
{{- $_ := set $ours "gateway" (dict "host" "0.0.0.0" "port" 9467) -}}
{{- end -}}
{{- mergeOverwrite (deepCopy $top.Values.settings) (deepCopy (index . 2)) $ours | toYaml -}}
{{- end }}

{{/* What all pods have in common: (list . "matcher" .Values.matcher) */}}
{{- define "hashwarden.podSpec" -}}
{{- $top := index . 0 -}}
{{- $values := index . 2 -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $top.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # Files of secrets belong to root, and to this group: hashwarden refuses those that others may read.
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "hashwarden.container" -}}
image: {{ include "hashwarden.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* What the services may do, by Node's permission model, as in deploy/compose.yaml. */}}
{{- define "hashwarden.limited" -}}
- name: NODE_OPTIONS
  value: >-
    --permission --allow-worker --allow-addons --disable-warning=SecurityWarning
    --allow-fs-read=/opt/hashwarden/ --allow-fs-read=/etc/hashwarden/ --allow-fs-read=/run/secrets/
    --allow-fs-read=/var/lib/hashwarden/ --allow-fs-read=/tmp/
    --allow-fs-read=/proc/self/status --allow-fs-read=/proc/self/limits --allow-fs-read=/proc/self/fd
    --allow-fs-write=/var/lib/hashwarden/ --allow-fs-write=/tmp/
{{- end }}

{{- define "hashwarden.mounts" -}}
- { name: settings, mountPath: /etc/hashwarden, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if index . 1 }}
- { name: secrets, mountPath: /run/secrets/hashwarden, readOnly: true }
{{- end }}
{{- end }}

{{/* (list . "name of the ConfigMap" "name of the Secret, or nothing") */}}
{{- define "hashwarden.volumes" -}}
- name: settings
  configMap: { name: {{ index . 1 }} }
# Node keeps compiled code there.
- name: tmp
  emptyDir: { sizeLimit: 128Mi }
{{- with index . 2 }}
- name: secrets
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}

{{/* Alive is not ready: a matcher that waits for Kafka must not be restarted, and gets an hour to become ready at first. */}}
{{- define "hashwarden.probes" -}}
startupProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 720
readinessProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/* Over zones, and over machines: (list . "matcher") */}}
{{- define "hashwarden.spread" -}}
topologySpreadConstraints:
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "hashwarden.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{/* The services that this release has. */}}
{{- define "hashwarden.services" -}}
matcher{{ range list "review" "sync" "serve" "gateway" }}{{ if (index $.Values .).enabled }} {{ . }}{{ end }}{{ end }}
{{- end }}

{{/* What makes sync, serve and gateway refuse to start, said before they are installed. */}}
{{- define "hashwarden.checkSync" -}}
{{- if not .Values.sync.sources }}{{ fail "sync.sources is empty: name the lists to keep up to date, as in config/sources.yaml" }}{{ end -}}
{{- end }}
{{- define "hashwarden.checkServe" -}}
{{- $settings := fromYaml (include "hashwarden.settings" (list . "serve" .Values.serve.settings)) -}}
{{- if not (dig "sharing" "tls" "" $settings) }}{{ fail "serve.settings.sharing.tls is missing: known hashes leave over TLS alone" }}{{ end -}}
{{- if not (dig "sharing" "clients" "" $settings) }}{{ fail "serve.settings.sharing.clients is missing: without clients every request is refused" }}{{ end -}}
{{- end }}

{{- define "hashwarden.checkGateway" -}}
{{- $settings := fromYaml (include "hashwarden.settings" (list . "gateway" .Values.gateway.settings)) -}}
{{- if not (dig "gateway" "tls" "" $settings) }}{{ fail "gateway.settings.gateway.tls is missing: keys and reports cross the network over TLS alone" }}{{ end -}}
{{- end }}

{{/* What makes the review service refuse to start, said before it is installed. */}}
{{- define "hashwarden.checkReview" -}}
{{- $settings := fromYaml (include "hashwarden.settings" (list . "review" .Values.review.settings)) -}}
{{- if not (dig "review" "signIn" "" $settings) }}{{ fail "settings.review.signIn is missing: without it there is only the development sign-in, which works on loopback alone" }}{{ end -}}
{{- if not (dig "review" "audit" "keyFile" "" $settings) }}{{ fail "settings.review.audit.keyFile is missing: /run/secrets/hashwarden/NAME, where NAME is a key of review.secret" }}{{ end -}}
{{- end }}
