import Basics
import Transport

extension CheckKind {
    /// `grpc://host:port` or `grpcs://host[:port]`: asks the server for its health (grpc.health.v1.Health/Check).
    ///
    /// An answer counts as connected; its body is `{"status":"SERVING"}`, as in Gatus.
    static let grpc = CheckKind(
        schemes: ["grpc", "grpcs"],
        target: { kind, url throws(TargetError) in
            let (host, port) = try TargetURL.hostAndPort(url.rest, defaultPort: url.scheme == "grpcs" ? 443 : nil)
            return CheckTarget(kind, host: host, port: port, url: url.scheme)
        },
        run: { checker, check, observation in try await checker.checkGRPC(check, &observation) })
}

extension Checker {
    fileprivate func checkGRPC(_ check: Check, _ observation: inout Observation) async throws {
        let isSecure = check.target.url == "grpcs"
        let settings = check.endpoint.probe.grpc
        let client = check.endpoint.client
        let url = "\(isSecure ? "https" : "http")://\(check.target.authority)/grpc.health.v1.Health/Check"
        var request = try await lookup.request(
            "POST", url, for: client, allowing: check.endpoint.allowedAddresses, check.budget)
        // As Gatus and blackbox_exporter connect to the server itself, whatever the environment says.
        if client.proxyURL == nil { request.proxy = ProxySettings() }
        request.headers = [
            "TE": "trailers", "Content-Type": "application/grpc", "User-Agent": Endpoint.userAgent,
        ]
        for field in settings.metadata { request.headers.add(field.name, field.value) }
        request.body = .bytes(GRPCHealth.request(service: settings.service))
        request.version = isSecure ? .http2OverTLS : .http2
        request.usesFreshConnection = true
        request.maximumResponseBytes = 65_536
        let lookup = try await lookup.prepare(&request, for: check)
        request.acceptsGzip = false
        let response: HTTPResponse
        do {
            response = try await http.execute(request)
        } catch let error as TransportError where error.code == .malformedResponse {
            throw CheckError(
                .failed, "\(check.target.authority) does not speak HTTP/2, as gRPC needs it", underlying: error)
        }
        observation.ip = response.ip
        observation.headers = response.headers
        observation.httpVersion = response.version
        observation.timings = response.timings
        observation.timings.nameLookup += lookup
        observation.responseTime = response.timings.total + lookup
        observation.certificate = response.certificate
        guard response.version == "2" else {
            throw CheckError("\(check.target.authority) does not offer HTTP/2 in the TLS handshake, as gRPC needs it")
        }
        let status = try GRPCHealth.status(in: response)
        observation.isConnected = true
        observation.body = Array("{\"status\":\"\(status)\"}".utf8)
        if settings.mustServe, status != "SERVING" {
            observation.errors.append("its health is \(status), expected SERVING")
        }
    }
}

/// The messages of gRPC's health checks, in the encoding of Protocol Buffers.
enum GRPCHealth {
    /// A `HealthCheckRequest` with the prefix of a gRPC message: not compressed, and the length.
    static func request(service: String) -> [UInt8] {
        let name = Array(service.utf8)
        let message: [UInt8] = name.isEmpty ? [] : [0x0A] + varint(name.count) + name  // field 1, a text
        return [0] + UInt32(message.count).bytes + message
    }

    /// The status in a response.
    /// - Throws: `CheckError` for a response that is none of gRPC, or says that the call failed.
    static func status(in response: HTTPResponse) throws(CheckError) -> String {
        // A call that fails at once has no trailers: its status is a header field.
        let code = response.trailers["grpc-status"] ?? response.headers["grpc-status"]
        guard let code else {
            throw CheckError(
                "the answer is none of gRPC: its status is \(response.status), and it has no grpc-status")
        }
        guard code == "0" else {
            let message = response.trailers["grpc-message"] ?? response.headers["grpc-message"] ?? ""
            let text = percentDecoded(message, plusAsSpace: false)
            let name = Int(code).flatMap { codes.indices.contains($0) ? " \(codes[$0])" : nil } ?? ""
            throw CheckError("the gRPC call failed with status \(code)\(name)" + (text.isEmpty ? "" : ": \(text)"))
        }
        guard let status = serving(in: response.body) else {
            throw CheckError("the answer is no message of grpc.health.v1")
        }
        return status
    }

    /// The status in a `HealthCheckResponse` with its prefix; nil for anything else.
    static func serving(in body: [UInt8]) -> String? {
        guard body.count >= 5, body[0] == 0, body.count == 5 + body[1..<5].reduce(0, { $0 << 8 | Int($1) }) else {
            return nil
        }
        var rest = body[5...]
        var status = 0
        while !rest.isEmpty {
            guard let key = number(&rest) else { return nil }
            switch key & 7 {
            case 0:
                guard let value = number(&rest) else { return nil }
                if key == 8 { status = value }  // field 1, a number
            case 2:
                guard let length = number(&rest), length <= rest.count else { return nil }
                rest.removeFirst(length)
            default: return nil
            }
        }
        let names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]
        return names.indices.contains(status) ? names[status] : "\(status)"
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        var result = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            result |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
        }
        return nil
    }

    /// The codes of gRPC by their numbers.
    private static let codes = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]
}

extension UInt32 {
    fileprivate var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
