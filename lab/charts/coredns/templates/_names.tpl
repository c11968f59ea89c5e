{{- define "coredns.fullname" -}}
{{- .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-coredns" .Release.Name) (contains "coredns" .Release.Name)) }}
{{- end }}
{{- define "coredns.selector" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/name: "coredns"
{{- if .Values.isClusterService }}
k8s-app: {{ .Values.k8sAppLabelOverride | default "coredns" | quote }}
{{- end }}
{{- end }}
{{- define "coredns.labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "coredns-%s" .Chart.Version | replace "+" "_" | quote }}
{{ include "coredns.selector" . }}
{{- end }}
{{- /* One server block: its zones, then its plugins as they stand in the values. */}}
{{- define "coredns.server" -}}
{{- $port := .port -}}
{{- $keys := list -}}
{{- range .zones -}}
{{- $keys = append $keys (printf "%s%s:%v" (.scheme | default "") .zone $port) -}}
{{- end -}}
{{ join " " ($keys | default (list (printf ".:%v" $port))) }} {
{{- range .plugins }}
    {{ .name }}{{ with .parameters }} {{ . }}{{ end }}
{{- with .configBlock }} {
{{ trim . | indent 8 }}
    }
{{- end }}
{{- end }}
}
{{- end }}
