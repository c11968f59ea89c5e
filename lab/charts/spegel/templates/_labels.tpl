{{- define "spegel.selector" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/name: spegel
{{- end }}
