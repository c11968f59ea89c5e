{{- /* One container. Called with a dict: root, name, container, port (of the controller's first service, or 0). */}}
{{- define "app.container" -}}
{{- $container := .container -}}
{{- $root := .root -}}
- name: {{ .name }}
  image: {{ printf "%s:%s" $container.image.repository $container.image.tag }}
  {{- with $container.command }}
  command: {{- toYaml (kindIs "string" . | ternary (list .) .) | nindent 4 }}
  {{- end }}
  {{- with $container.args }}
  args: {{- toYaml (kindIs "string" . | ternary (list .) .) | nindent 4 }}
  {{- end }}
  {{- with $container.env }}
  env:
    {{- range $key, $value := . }}
    - name: {{ $key }}
      {{- if kindIs "map" $value }}
      {{- tpl (toYaml $value) $root | nindent 6 }}
      {{- else }}
      value: {{ tpl (toString $value) $root | quote }}
      {{- end }}
    {{- end }}
  {{- end }}
  {{- with $container.envFrom }}
  envFrom: {{- tpl (toYaml .) $root | nindent 4 }}
  {{- end }}
  {{- $port := .port }}
  {{- range $kind, $probe := $container.probes }}
  {{- if $probe.enabled }}
  {{ $kind }}Probe:
    {{- if $probe.custom }}
    {{- toYaml $probe.spec | nindent 4 }}
    {{- else }}
    {{- $handler := dict "port" ($probe.port | default $port) }}
    {{- with $probe.path }}{{- $_ := set $handler "path" . }}{{- end }}
    {{ ternary "httpGet" "tcpSocket" (has ($probe.type | default "TCP") (list "HTTP" "HTTPS")) }}: {{- toYaml $handler | nindent 6 }}
    {{- toYaml ($probe.spec | default (dict "failureThreshold" 3 "initialDelaySeconds" 0 "periodSeconds" 10 "timeoutSeconds" 1)) | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- end }}
  {{- with $container.resources }}
  resources: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $container.securityContext }}
  securityContext: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $root.Values.persistence }}
  volumeMounts:
    {{- range $volume, $given := $root.Values.persistence }}
    {{- range $mount := $given.globalMounts | default (list (dict "path" (printf "/%s" $volume))) }}
    - name: {{ $volume }}
      mountPath: {{ $mount.path }}
      {{- with $mount.subPath }}
      subPath: {{ . }}
      {{- end }}
      {{- with $mount.readOnly }}
      readOnly: {{ . }}
      {{- end }}
    {{- end }}
    {{- end }}
  {{- end }}
{{- end }}
