{{- define "twomotion.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "twomotion.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "twomotion.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "twomotion.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "twomotion.selector" -}}
app.kubernetes.io/name: {{ include "twomotion.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "twomotion.labels" -}}
{{ include "twomotion.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "twomotion.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "twomotion.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "twomotion.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- /* Of the pod: never root, nothing gained, the kernel's default filter. */}}
{{- define "twomotion.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "twomotion.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* How Kafka is reached: the same for the workers and for the topics job. */}}
{{- define "twomotion.kafkaEnv" -}}
- name: TWOMOTION_BROKERS
  value: {{ join "," .Values.kafka.brokers | quote }}
{{- with .Values.kafka.prefix }}
- name: TWOMOTION_PREFIX
  value: {{ . | quote }}
{{- end }}
{{- range .Values.kafka.secretEnv }}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}
{{- range $name, $value := .Values.worker.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.worker.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "twomotion.secretMounts" -}}
{{- range .Values.kafka.secretFiles }}
- name: {{ .name }}
  mountPath: /etc/twomotion/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}

{{- define "twomotion.secretVolumes" -}}
{{- range .Values.kafka.secretFiles }}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
{{- end }}
{{- end }}
