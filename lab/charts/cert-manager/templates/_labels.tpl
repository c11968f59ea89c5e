{{- /* Called with (list . component name). */}}
{{- define "cert-manager.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/name: {{ index . 2 }}
{{- end }}
{{- define "cert-manager.labels" -}}
{{ include "cert-manager.selector" . }}
app: {{ index . 2 }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
{{- end }}
