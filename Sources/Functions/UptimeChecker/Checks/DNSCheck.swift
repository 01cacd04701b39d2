import Basics
import Transport

extension CheckKind {
    /// An endpoint with a `dns` section: asks the name server that its `url` names, as `host[:port]` without a scheme.
    ///
    /// Any response counts as connected; `[DNS_RCODE]` is its code.
    static let dns = CheckKind(scheme: "dns", defaultPort: 53) { checker, check, observation in
        guard let question = check.target.question else { throw CheckError("the endpoint has no question for DNS") }
        guard let type = DNSRecordType(question.type) else {
            throw CheckError("there is no type of DNS record called \(question.type)")
        }
        if let expected = check.endpoint.probe.dns {
            return try await checker.checkDNS(DNSExchange(question, type, expected), expected, check, &observation)
        }
        let answer = try await checker.withAddress(check, &observation) { address, limit in
            try await DNSClient(loop: checker.loop, policy: check.addressPolicy)
                .query(question.name, type, server: address, timeout: limit)
        }
        observation.isConnected = true
        observation.dnsResponseCode = answer.code
        observation.body = Array(answer.bodyText.utf8)
    }
}

/// The question of a DNS check: an endpoint's `dns`.
struct DNSQuestion: Sendable, Hashable {
    /// `query-name` with a dot at the end.
    ///
    /// For PTR, an address is already its name under `in-addr.arpa` or `ip6.arpa`.
    var name: String
    /// `query-type` in the form of Transport's `DNSRecordType`: `A`, `MX`, or a number such as `TYPE65` for HTTPS.
    var type: String
}

extension DNSAnswer {
    /// The text of `[BODY]`, as in Gatus: the last record, or all TXT records, one a line.
    var bodyText: String {
        records.reduce("") { body, record in
            record.type == .txt && !body.isEmpty ? body + "\n" + record.text : record.text
        }
    }
}
