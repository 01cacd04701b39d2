/// What the permissions of Route 53 can be limited to.
extension PolicyResources {
    private static let zone = Kind(targets: ["route53:hostedzone"], service: "route53", scope: .global, hasTags: false)
    {
        "hostedzone/\($0)"
    }
    private static let check = Kind(targets: [], service: "route53", scope: .global, hasTags: false) {
        "healthcheck/\($0)"
    }

    static let route53: [String: [Kind]] = [
        "route53:AssociateVPCWithHostedZone": [zone], "route53:DisassociateVPCFromHostedZone": [zone],
        "route53:GetHostedZone": [zone], "route53:ListTagsForResource": [zone],
        "route53:GetHealthCheckStatus": [check],
    ]
}
