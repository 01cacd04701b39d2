import RegularExpressions
import Transport

/// What an endpoint asks and expects beside its conditions: what a module of blackbox_exporter can say.
///
/// In our files it is in `expect`, `steps`, `icmp`, `grpc` and a part of `dns`. What is not met is an error of the
/// check.
struct ProbeSettings: Sendable {
    /// `expect`, of HTTP.
    var http = HTTPExpectations()
    /// `steps`, of `tcp` and `tls`: the conversation with the server.
    var steps: [DialogueStep] = []
    /// Whether a conversation over a socket in the file system begins with TLS; the scheme says it of others.
    var beginsWithTLS = false
    /// What is asked of a name server and expected of its answer; nil where only Gatus's question is asked.
    var dns: DNSExpectations?
    /// `icmp`.
    var icmp = ICMPEcho.Options()
    /// `grpc`.
    var grpc = GRPCSettings()
}

/// What is asked of a server of gRPC health checks.
struct GRPCSettings: Sendable {
    /// `service`; empty for the whole server.
    var service = ""
    /// `metadata`: sent as header fields; may be secrets.
    var metadata = HTTPHeaders()
    /// Whether every status but SERVING is an error, as in blackbox_exporter; otherwise a condition decides.
    var mustServe = false
}

extension RegularExpression {
    /// Whether it matches anywhere in bytes, or why that cannot be told.
    func outcome(in bytes: ArraySlice<UInt8>) -> Result<Bool, RegularExpressionError> {
        do throws(RegularExpressionError) { return .success(try search(bytes)) } catch { return .failure(error) }
    }

    /// The complaint when it matches although it must not, or does not although it must; nil when all is well.
    /// - Parameter what: the subject, such as `its body`.
    func fault(of what: String, in bytes: ArraySlice<UInt8>, mustMatch: Bool) -> String? {
        switch outcome(in: bytes) {
        case .success(mustMatch): nil
        case .success(true): "\(what) matches /\(pattern)/"
        case .success: "\(what) does not match /\(pattern)/"
        case .failure(let error): "\(what) cannot be compared with /\(pattern)/: \(error)"
        }
    }
}
