{{- define "cilium.api" -}}
- name: KUBERNETES_SERVICE_HOST
  value: {{ .Values.k8sServiceHost | quote }}
- name: KUBERNETES_SERVICE_PORT
  value: {{ .Values.k8sServicePort | quote }}
{{- end }}
{{- define "cilium.checksum" -}}
cilium.io/cilium-configmap-checksum: {{ include (print $.Template.BasePath "/config.yaml") . | sha256sum | quote }}
{{- end }}
