import Experiments
import JSON

/// The network policies that `chaosk8s.networking` makes itself.
enum NetworkPolicies {
    static let denyIngress = "chaostoolkit-deny-all-ingress"
    static let denyEgress = "chaostoolkit-deny-all-egress"
    static let allowDNS = "chaostoolkit-allow-dns"

    /// No packet comes into the pods.
    static func denyAllIngress(_ invocation: NativeActivity.Invocation) -> JSONValue {
        policy(denyIngress, ["policyTypes": ["Ingress"], "ingress": []], invocation)
    }

    /// No packet leaves the pods.
    static func denyAllEgress(_ invocation: NativeActivity.Invocation) -> JSONValue {
        policy(denyEgress, ["policyTypes": ["Egress"]], invocation)
    }

    /// The pods may ask name servers, which denied egress forbids.
    static func allowDNSAccess(_ invocation: NativeActivity.Invocation) -> JSONValue {
        let rule: JSONValue = [
            "to": [["namespaceSelector": [:]]],
            "ports": [["port": 53, "protocol": "UDP"], ["port": 53, "protocol": "TCP"]],
        ]
        return policy(allowDNS, ["policyTypes": ["Egress"], "egress": [rule]], invocation)
    }

    /// A policy for the pods with the labels of the argument `label_selectors`, or for all of the namespace.
    private static func policy(
        _ name: String, _ rules: JSONObject, _ invocation: NativeActivity.Invocation
    ) -> JSONValue {
        var spec: JSONObject = ["podSelector": [:]]
        if let labels = invocation.given("label_selectors") { spec["podSelector"] = ["matchLabels": labels] }
        for (key, value) in rules { spec[key] = value }
        return [
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": ["name": .string(name)],
            "spec": .object(spec),
        ]
    }
}
