/// What the permissions of Incident Manager can be limited to.
extension PolicyResources {
    static let incidents: [String: [Kind]] = [
        "ssm-incidents:ListRelatedItems": [
            // Incidents belong to no region.
            Kind(targets: [], service: "ssm-incidents") { "incident-record/*/\($0)" }
        ]
    ]
}
