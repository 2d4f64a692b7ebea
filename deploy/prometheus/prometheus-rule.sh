#!/usr/bin/env bash
# Writes alerts.yml as a PrometheusRule, which the Prometheus operator takes.
set -euo pipefail

usage() {
    cat <<'TEXT'
prometheus-rule.sh [--namespace NAME] [--label KEY=VALUE]...

Writes alerts.yml to stdout as a PrometheusRule of the Prometheus operator:
    deploy/prometheus/prometheus-rule.sh --namespace coder --label release=kube-prometheus-stack | kubectl apply -f -

  --namespace NAME     where it goes; the one that kubectl has chosen unless given
  --label KEY=VALUE    what the operator selects rules by (ruleSelector); repeatable
TEXT
}

die() { printf 'prometheus-rule.sh: %s\n' "$2" >&2; exit "$1"; }

namespace='' labels=()
while [ $# -gt 0 ]; do
    case $1 in
    --help) usage; exit 0 ;;
    --namespace | --label) [ $# -gt 1 ] || die 2 "$1 needs a value" ;;&
    --namespace) namespace=$2; shift 2 ;;
    --label)
        [[ $2 =~ ^[A-Za-z0-9._/-]+=[A-Za-z0-9._-]*$ ]] || die 2 "--label: expected KEY=VALUE, not \"$2\""
        labels+=("$2")
        shift 2
        ;;
    *) die 2 "unknown argument \"$1\"; --help lists them" ;;
    esac
done
[[ $namespace =~ ^[a-z0-9-]*$ ]] || die 2 "--namespace: expected a name of Kubernetes, not \"$namespace\""

rules=$(dirname "$0")/alerts.yml
[ -r "$rules" ] || die 1 "cannot read $rules"
printf 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: bridgewatch\n'
[ -z "$namespace" ] || printf '  namespace: %s\n' "$namespace"
printf '  labels:\n    app.kubernetes.io/name: bridgewatch\n'
for label in "${labels[@]}"; do
    printf '    %s: "%s"\n' "${label%%=*}" "${label#*=}"
done
printf 'spec:\n'
sed 's/^./  &/' "$rules"
