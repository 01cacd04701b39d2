import Transport

extension Checker {
    func checkDNS(
        _ host: String, _ port: UInt16, _ question: DNSQuestion, _ check: Check, _ observation: inout Observation
    ) async throws {
        guard let type = DNSRecordType(question.type) else {
            throw CheckFailure("there is no type of DNS record called \(question.type)")
        }
        let answer = try await withAddress(of: host, port: port, check, &observation) { [loop] address, limit in
            try await DNSClient(loop: loop, policy: check.policy)
                .query(question.name, type, server: address, timeout: limit)
        }
        observation.isConnected = true
        observation.dnsResponseCode = answer.code
        observation.body = Array(Self.body(of: answer).utf8)
    }

    /// What `[BODY]` is, as in Gatus: the last record; all of them, one a line, when they are text.
    static func body(of answer: DNSAnswer) -> String {
        answer.records.reduce("") { body, record in
            record.type == .txt && !body.isEmpty ? body + "\n" + record.text : record.text
        }
    }
}
