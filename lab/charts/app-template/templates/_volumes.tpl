{{- /* Volumes of a pod. Called with the root. */}}
{{- define "app.volumes" -}}
{{- range $name, $given := .Values.persistence }}
- name: {{ $name }}
  {{- $type := $given.type | default "persistentVolumeClaim" }}
  {{- if eq $type "persistentVolumeClaim" }}
  persistentVolumeClaim:
    claimName: {{ $given.existingClaim | default (include "app.name" (list $ $name (include "app.claims" $ | fromYaml))) }}
  {{- else if eq $type "emptyDir" }}
  emptyDir:
    {{- $empty := dict }}
    {{- range $key := list "medium" "sizeLimit" }}{{- with index $given $key }}{{- $_ := set $empty $key . }}{{- end }}{{- end }}
    {{- toYaml $empty | nindent 4 }}
  {{- else if eq $type "nfs" }}
  nfs:
    server: {{ $given.server }}
    path: {{ $given.path }}
  {{- else if eq $type "configMap" }}
  configMap:
    name: {{ tpl $given.name $ }}
  {{- else if eq $type "secret" }}
  secret:
    secretName: {{ tpl $given.name $ }}
  {{- else if eq $type "hostPath" }}
  hostPath:
    path: {{ $given.hostPath }}
  {{- else }}
  {{- fail (printf "the lab's stand-in for app-template knows no persistence of type %s" $type) }}
  {{- end }}
{{- end }}
{{- end }}
{{- /* The claims that the release makes itself, by key. */}}
{{- define "app.claims" -}}
{{- $own := dict }}
{{- range $name, $given := .Values.persistence }}
{{- if and (eq ($given.type | default "persistentVolumeClaim") "persistentVolumeClaim") (not $given.existingClaim) }}
{{- $_ := set $own $name $given }}
{{- end }}
{{- end }}
{{- toYaml $own }}
{{- end }}
