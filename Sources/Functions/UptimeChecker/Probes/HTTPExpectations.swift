import Basics
import RegularExpressions
import Transport

/// What is expected of a response: `expect` of an endpoint, or the `http` section of a module of blackbox_exporter.
struct HTTPExpectations: Sendable {
    /// Which statuses are fine.
    enum Status: Sendable, Hashable {
        /// All, for a condition decides.
        case any
        /// 200 to 299.
        case success
        /// These.
        case oneOf([Int])
    }

    /// A rule for a header field.
    struct HeaderRule: Sendable {
        /// The field's name.
        var name: String
        var expression: RegularExpression
        /// Whether one of its values must match; otherwise none may.
        var mustMatch: Bool
        /// Whether a response without the field is fine.
        var mayBeMissing = false
    }

    var status = Status.any
    /// The versions of HTTP that are fine, as Go names them: `HTTP/1.1`, `HTTP/2.0`; empty for all.
    var versions: [String] = []
    /// Whether the last answer has to come over TLS, or must not; nil for either.
    var usesTLS: Bool?
    var headers: [HeaderRule] = []
    /// Expressions that must not match the body.
    var bodyMustNotMatch: [RegularExpression] = []
    /// Expressions that all have to match the body.
    var bodyMustMatch: [RegularExpression] = []
    /// How the body has to be compressed, whatever the server says of it.
    var coding: ContentCoding?
    /// The most bytes that the body may have when it is uncompressed; nil for no limit.
    var bodyLimit: Int?
    /// Whether all of the body is read although nothing needs it, because it may stop short.
    var readsWholeBody = false

    /// The most bytes that are read of a body that is compared with expressions and has no limit of its own; nil for
    /// the usual limit.
    var comparedBytes: Int?

    /// The values that a check has to find out.
    var needs: Condition.Needs {
        bodyMustNotMatch.isEmpty && bodyMustMatch.isEmpty && coding == nil ? [] : [.body]
    }

    /// Whether the body is read although no condition needs it.
    var readsBody: Bool { readsWholeBody || bodyLimit != nil || !needs.isEmpty }

    /// The most bytes that are read; nil for the usual limit.
    func readLimit(needsBody: Bool) -> Int? {
        if let bodyLimit, coding == nil { return bodyLimit }
        if !needs.isEmpty { return comparedBytes }
        return readsWholeBody && !needsBody ? .max : nil
    }
}

extension HTTPExpectations {
    /// What a response's head fails to be, a sentence each.
    func faults(of response: HTTPResponse) -> [String] {
        var faults: [String] = []
        switch status {
        case .any: break
        case .success:
            if !(200..<300).contains(response.status) {
                faults.append("its status is \(response.status), expected 2xx")
            }
        case .oneOf(let statuses):
            if !statuses.contains(response.status) {
                let list = statuses.map(String.init).joined(separator: ", ")
                faults.append("its status is \(response.status), expected \(list)")
            }
        }
        let version = "HTTP/" + (response.version.contains(".") ? response.version : response.version + ".0")
        if !versions.isEmpty, !versions.contains(version) {
            faults.append("it answered over \(version), expected \(versions.joined(separator: " or "))")
        }
        if let usesTLS, usesTLS != response.url.lowercased().hasPrefix("https:") {
            faults.append(usesTLS ? "the answer did not come over TLS" : "the answer came over TLS, and must not")
        }
        return faults + headers.compactMap { $0.fault(in: response.headers) }
    }

    /// What a whole body fails to be, a sentence each.
    /// - Parameter isCut: whether more came than was read.
    func faults(ofBody body: [UInt8], isCut: Bool) -> [String] {
        if isCut, let bodyLimit, coding == nil { return ["its body has more than the \(bodyLimit) bytes allowed"] }
        guard !needs.isEmpty else { return [] }
        guard !isCut else {
            let advice = comparedBytes == nil ? ": say in `body-limit` how long it may be" : ""
            return ["its body has more than \(body.count) bytes, and no more are compared with expressions" + advice]
        }
        var text = body
        if let coding {
            do throws(TransportError) {
                text = try coding.decoded(body, limit: bodyLimit ?? comparedBytes ?? .max)
            } catch {
                return ["its body cannot be uncompressed: \(error.message)"]
            }
        }
        return bodyMustNotMatch.compactMap { $0.fault(of: "its body", in: text[...], mustMatch: false) }
            + bodyMustMatch.compactMap { $0.fault(of: "its body", in: text[...], mustMatch: true) }
    }
}

extension HTTPExpectations.HeaderRule {
    /// What the fields of this name fail to be; nil when they are fine.
    fileprivate func fault(in headers: HTTPHeaders) -> String? {
        let values = headers.values(named: name)
        guard !values.isEmpty else { return mayBeMissing ? nil : "it has no header \(name)" }
        var faults: [String] = []
        for value in values {
            guard
                let fault = expression.fault(of: "its header \(name)", in: Array(value.utf8)[...], mustMatch: mustMatch)
            else {
                if mustMatch { return nil }
                continue
            }
            faults.append(fault)
        }
        return faults.first
    }
}

extension Observation {
    /// Adds what the body fails to be.
    mutating func check(_ arriving: ArrivingBody, _ expected: HTTPExpectations) {
        errors += expected.faults(ofBody: body, isCut: arriving.isCut)
    }
}
