import Transport

/// One run of an endpoint's check.
struct Check: Sendable {
    let endpoint: Endpoint
    let budget: TimeBudget
    let needs: Condition.Needs

    init(endpoint: Endpoint, budget: TimeBudget) {
        self.endpoint = endpoint
        self.budget = budget
        needs = endpoint.conditions.needs
    }

    /// Which addresses may not be connected to.
    var policy: AddressPolicy { AddressPolicy(allowing: endpoint.allowedAddresses) }

    /// What is asked of a server's certificate.
    var tls: TLSOptions { TLSOptions(endpoint.client) }
}

extension AddressPolicy {
    /// Refuses link-local addresses and metadata services, but for what the configuration allows.
    init(allowing allowed: Set<AddressClass>) {
        self = .guarded
        if allowed.contains(.linkLocal) { refused.remove(.linkLocal) }
        if allowed.contains(.metadata) { refused.remove(.metadata) }
    }
}

extension TLSOptions {
    init(_ client: ClientSettings) {
        self.init(
            verifies: !client.isInsecure,
            clientCertificate: client.certificate.map {
                ClientCertificate(certificateFile: $0.certificateFile, keyFile: $0.privateKeyFile)
            }
        )
    }
}
