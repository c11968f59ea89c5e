{{- /* The name of an object: the release's, and its own key where there are several. Called with (list . key all). */}}
{{- define "app.name" -}}
{{- $root := index . 0 -}}
{{- if gt (len (index . 2)) 1 }}{{ printf "%s-%s" $root.Release.Name (index . 1) }}{{ else }}{{ $root.Release.Name }}{{ end }}
{{- end }}
{{- define "app.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/controller: {{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/name: {{ $root.Release.Name }}
{{- end }}
{{- define "app.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/name: {{ $root.Release.Name }}
helm.sh/chart: {{ printf "app-template-%s" $root.Chart.Version | replace "+" "_" }}
{{- end }}
