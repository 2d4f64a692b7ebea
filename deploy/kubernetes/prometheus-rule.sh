#!/usr/bin/env bash
# Writes ../prometheus/alerts.yml as an object for the Prometheus operator.
set -euo pipefail

usage() { echo 'usage: prometheus-rule.sh NAMESPACE   (… | kubectl apply -f -)'; }

case "${1:-}" in --help | -h) usage; exit 0 ;; esac
if [ $# -ne 1 ]; then
    usage >&2
    exit 2
fi
cat <<YAML
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: bridgewatch
  namespace: $1
  labels:
    app.kubernetes.io/name: bridgewatch
spec:
YAML
sed 's/^\(.\)/  \1/' "$(dirname "$0")/../prometheus/alerts.yml"
