find_kubectl
pods=$(pods_named "$namespace" "$podNamePattern") || exit 1
# shellcheck disable=SC2086  # a list of names
kubectl -n "$namespace" delete pod --wait=false $pods
