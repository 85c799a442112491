// Styles that a page imports: vite makes a file of them that is loaded with the page's script.
declare module '*.css'
