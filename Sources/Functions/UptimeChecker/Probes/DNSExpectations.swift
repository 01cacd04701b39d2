import Basics
import RegularExpressions
import Transport

/// How a name server is asked, and what is expected of its answer, beside Gatus's question and conditions.
struct DNSExpectations: Sendable {
    /// Rules for the records of a section, each of which is compared as a line of a zone file.
    struct RecordRules: Sendable {
        /// No record may match one of these.
        var none: [RegularExpression] = []
        /// Every record has to match all of these, and there has to be one.
        var every: [RegularExpression] = []
        /// One record has to match one of these.
        var any: [RegularExpression] = []
        /// Every record has to match all of these; a section without records is fine.
        ///
        /// That is what blackbox_exporter does with `fail_if_all_match_regexp`, whatever its name says.
        var everyIfAny: [RegularExpression] = []

        var isEmpty: Bool { none.isEmpty && every.isEmpty && any.isEmpty && everyIfAny.isEmpty }
    }

    /// The number of `query-class`.
    var recordClass: UInt16 = 1
    /// `recursion`.
    var wantsRecursion = true
    /// `transport`: UDP or TCP.
    var network = DNSClient.Network.udp
    /// `transport: tls`.
    var usesTLS = false
    /// Whether a truncated answer by UDP is asked for again by TCP; blackbox_exporter takes it as it is.
    var repeatsTruncated = true
    /// The response codes that are fine; nil for all, for a condition decides.
    var codes: [String]?
    var answer = RecordRules()
    var authority = RecordRules()
    var additional = RecordRules()

    /// The names of all codes.
    static let allCodes = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE",
    ]
}

extension DNSExpectations {
    /// What an answer fails to be, a sentence each.
    func faults(of message: DNSMessage) -> [String] {
        if let codes, !codes.contains(message.code) {
            return ["its response code is \(message.code), expected \(codes.joined(separator: " or "))"]
        }
        return answer.faults(of: message.answer, in: "answer")
            + authority.faults(of: message.authority, in: "authority")
            + additional.faults(of: message.additional, in: "additional")
    }
}

extension DNSExpectations.RecordRules {
    fileprivate func faults(of records: [DNSMessage.Record], in section: String) -> [String] {
        guard !isEmpty else { return [] }
        if let unknown = records.first(where: { $0.text == nil }) {
            return [
                "the \(section) section has a record of type \(unknown.type), which cannot be compared with expressions"
            ]
        }
        let lines = records.compactMap { $0.text }.map { Array($0.utf8) }
        if lines.isEmpty, let wanted = (every + any).first {
            return ["the \(section) section has no record to match /\(wanted.pattern)/"]
        }
        var faults: [String] = []
        for line in lines {
            let what = "the record \(String(decoding: line, as: UTF8.self).debugDescription) of the \(section) section"
            faults += none.compactMap { $0.fault(of: what, in: line[...], mustMatch: false) }
            faults += (every + everyIfAny).compactMap { $0.fault(of: what, in: line[...], mustMatch: true) }
        }
        let isFound = any.isEmpty || lines.contains { line in any.contains { $0.matches(line) } }
        if !isFound {
            let list = any.map { "/\($0.pattern)/" }.joined(separator: " or ")
            faults.append("no record of the \(section) section matches \(list)")
        }
        return faults
    }
}

extension RegularExpression {
    fileprivate func matches(_ line: [UInt8]) -> Bool { (try? search(line[...])) ?? false }
}

extension DNSExchange {
    init(_ question: DNSQuestion, _ type: DNSRecordType, _ expected: DNSExpectations) {
        self.init(
            question.name, type, recordClass: expected.recordClass, wantsRecursion: expected.wantsRecursion)
    }
}

extension Checker {
    /// Asks the name server that the endpoint's URL names, in the way that is expected of this check.
    func checkDNS(
        _ question: DNSExchange, _ expected: DNSExpectations, _ check: Check, _ observation: inout Observation
    ) async throws {
        let tls =
            expected.usesTLS
            ? DNSOverTLS(serverName: check.serverName, options: check.tls, authorities: authorities(for: check)) : nil
        let message = try await withAddress(check, &observation) { [loop] address, limit in
            try await DNSClient(loop: loop, policy: check.addressPolicy).exchange(
                question, server: address, from: check.endpoint.client.sourceAddress, network: expected.network,
                tls: tls, repeatsTruncated: expected.repeatsTruncated, timeout: limit)
        }
        if message.isTruncated {
            observation.notes.append("the answer is truncated: what was left out of it is not compared")
        }
        observation.isConnected = true
        observation.dnsResponseCode = message.code
        observation.body = Array(message.plain.bodyText.utf8)
        observation.errors += expected.faults(of: message)
        guard settings.traces else { return }
        for (section, records) in [
            ("answer", message.answer), ("authority", message.authority), ("additional", message.additional),
        ] {
            observation.trace += records.map { "\(section): \($0.text ?? "a record of type \($0.type)")" }
        }
    }
}
