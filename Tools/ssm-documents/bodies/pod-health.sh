find_kubectl
if [ -n "$clustername" ] && command -v aws >/dev/null && ! kubectl config current-context >/dev/null 2>&1; then
    aws eks update-kubeconfig --name "$clustername" >/dev/null || die "there is no kubeconfig for $clustername"
fi
pods=$(pods_named "$namespace" "$podNamePattern") || exit 1
address=http://localhost:$podHealthPort/$podHealthPath
for pod in $pods; do
    answer=$(kubectl -n "$namespace" exec "$pod" -- wget -qO- "$address" 2>/dev/null ||
        kubectl -n "$namespace" exec "$pod" -- curl -sf "$address" 2>/dev/null) || answer=''
    status=$(say "$answer" | tr -d '\n' | sed -n 's/^[^{]*{\([^{]*[,[:space:]]\)*"status"[[:space:]]*:[[:space:]]*"\([A-Za-z]*\)".*/\2/p')
    say "${status:-DOWN}"
done
