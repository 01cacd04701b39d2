import Basics
import JSON
import Transport

/// Sends the request of an `http` activity as Chaos Toolkit does, which uses Python's requests.
struct HTTPProvider: Sendable {
    /// The most that is read of an answer, in bytes.
    private static let maximumResponse = 64 << 20
    /// As requests.
    private static let maximumRedirects = 30
    /// What a limit that is not set stands for.
    private static let noLimit = Duration.seconds(10 * 86_400)

    let http: any HTTPExecuting
    /// Whether certificates are verified where the activity does not say so.
    let verifiesTLS: Bool
    /// Whether the sane behaviour takes the place of Chaos Toolkit's surprises; see ``StrictRule``.
    let isStrict: Bool
    /// Why a redirect must not be followed; nil when it may.
    var refusesRedirect: (@Sendable (_ url: String) -> String?)?

    /// Sends it: `{"status", "headers", "body"}`.
    ///
    /// - Throws: `.activityFailed` without a connection or an answer in time, `.refused` for a redirect that must not
    ///   be followed, `.unforeseen` for what cannot be sent, and for an answer that says that it is JSON and is not.
    func run(_ provider: JSONObject, _ substitution: Substitution) async throws -> JSONValue {
        var request = try request(provider, substitution)
        let (connect, read) = try timeouts(substitution.apply(to: provider["timeout"] ?? .null))
        request.connectTimeout = connect ?? Self.noLimit
        request.idleTimeout = read
        var attempts = max(0, provider["max_retries"]?.intValue ?? 0)
        while true {
            do {
                return try output(try await http.execute(request))
            } catch let error as TransportError where attempts > 0 && error.mayBeRetried(request.method) {
                attempts -= 1
            } catch let error as TransportError {
                throw Self.failure(error, request.url)
            }
        }
    }

    // MARK: - Request

    private func request(_ provider: JSONObject, _ substitution: Substitution) throws -> HTTPRequest {
        let url = substitution.apply(to: provider["url"] ?? "")
        guard let url = url.stringValue else {
            throw ExperimentError(.unforeseen, "the URL is \(url), expected a text")
        }
        let method = (provider["method"]?.stringValue ?? "GET").uppercased()
        var request = HTTPRequest(
            method, url, headers: ["User-Agent": TocsinVersion.userAgent, "Accept": "*/*"], totalTimeout: nil,
            maximumResponseBytes: Self.maximumResponse, maximumRedirects: Self.maximumRedirects, acceptsGzip: true)
        let verifies = provider["verify_tls"].map(Python.isTrue) ?? verifiesTLS
        request.tls = TLSOptions(verifies: verifies)
        request.refusesRedirect = refusesRedirect
        let headers = substitution.apply(to: provider["headers"] ?? .null).objectValue ?? [:]
        let arguments = substitution.apply(toArguments: provider["arguments"] ?? .null)
        if method == "GET" {
            request.url = Self.adding(Self.form(arguments), to: url)
        } else if headers["Content-Type"] == "application/json" {
            if arguments != .null { request.body = .bytes(Array(arguments.description.utf8)) }
        } else if Python.isTrue(arguments) {
            request.body = .bytes(Array(Self.form(arguments).utf8))
            if arguments.stringValue == nil { request.headers.set("Content-Type", "application/x-www-form-urlencoded") }
        }
        request.url = RequestURL.requoted(request.url)
        if case .none = request.body, method != "GET", method != "HEAD" { request.body = .bytes([]) }
        for (name, value) in headers {
            switch value {
            case .null: request.headers.remove(name)
            case .string(let text) where text.first?.isWhitespace == true:
                throw ExperimentError(.unforeseen, "the header \(name) begins with white space: remove it")
            case .string(let text): request.headers.set(name, text)
            default:
                throw ExperimentError(.unforeseen, "the header \(name) is \(value): quote it, since headers are texts")
            }
        }
        return request
    }

    /// `a=1&b=x+y`: a text as it is, members and pairs encoded, lists as repeated names, without what is null.
    private static func form(_ arguments: JSONValue) -> String {
        var pairs: [(JSONValue, JSONValue)] = []
        switch arguments {
        case .string(let text): return text
        case .object(let members): pairs = members.map { (.string($0.key), $0.value) }
        case .array(let list): pairs = list.compactMap { pair in pair[0].map { ($0, pair[1] ?? .null) } }
        default: return ""
        }
        func encoded(_ value: JSONValue) -> String { percentEncoded(Python.str(value), spaceAsPlus: true) }
        return pairs.flatMap { name, value in
            let values: [JSONValue] =
                switch value {
                case .array(let elements): elements
                case .object(let members): members.map { .string($0.key) }
                default: [value]
                }
            return values.filter { $0 != .null }.map { "\(encoded(name))=\(encoded($0))" }
        }.joined(separator: "&")
    }

    private static func adding(_ query: String, to url: String) -> String {
        guard !query.isEmpty else { return url }
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let separator = parts[0].utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return "\(parts[0])\(separator)\(query)"
    }

    /// The limits to connect and between two pieces of the answer.
    private func timeouts(_ value: JSONValue) throws -> (connect: Duration?, read: Duration?) {
        func limit(_ value: JSONValue) throws -> Duration? {
            if value == .null { return nil }
            guard let seconds = value.doubleValue, seconds > 0 else {
                throw ExperimentError(
                    .unforeseen, "the timeout is \(value), expected seconds above 0, or [connect, read]")
            }
            return .nanoseconds(Int64(min(seconds, 1e9) * 1e9))
        }
        guard case .array(let pair) = value else {
            let limit = try limit(value)
            return (limit, limit)
        }
        guard pair.count == 2 else {
            throw ExperimentError(.unforeseen, "the timeout is \(value), expected seconds or [connect, read]")
        }
        return (try limit(pair[0]), try limit(pair[1]))
    }

    // MARK: - Answer

    private func output(_ response: HTTPResponse) throws -> JSONValue {
        var headers: JSONObject = [:]
        for field in response.headers {
            let known = headers.first { $0.key.lowercased() == field.name.lowercased() }
            headers[known?.key ?? field.name] = .string(
                (known?.value.stringValue.map { $0 + ", " } ?? "") + field.value)
        }
        let type = response.headers["Content-Type"] ?? ""
        // Chaos Toolkit does not take `application/json; charset=utf-8` for JSON.
        let mediaType = isStrict ? String((type.split(separator: ";").first ?? "").trimmingWhitespace) : type
        var body = JSONValue.null
        if mediaType == "application/json" {
            do {
                body = try JSONValue(parsing: response.body)
            } catch {
                throw ExperimentError(
                    isStrict ? .activityFailed : .unforeseen, "the answer says that it is JSON, and is not: \(error)",
                    underlying: error)
            }
        } else {
            body = .string(text(response.body, type: type))
        }
        return ["status": JSONValue(response.status), "headers": .object(headers), "body": body]
    }

    /// The text of a body: by the charset of its type, Latin 1 for other `text/` types, else UTF-8.
    private func text(_ bytes: [UInt8], type: String) -> String {
        let type = type.lowercased()
        let charset = type.split(separator: ";").dropFirst().compactMap { part -> String? in
            let pair = part.split(separator: "=", maxSplits: 1).map(\.trimmingWhitespace)
            return pair.count == 2 && pair[0] == "charset" ? String(pair[1].filter { $0 != "\"" && $0 != "'" }) : nil
        }.first
        if isStrict, charset == nil, let text = String(validating: bytes, as: UTF8.self) { return text }
        return TextDecoding.text(bytes, charset: charset ?? (type.hasPrefix("text/") ? "iso-8859-1" : "utf-8"))
    }

    /// Chaos Toolkit's error for what went wrong below.
    private static func failure(_ error: TransportError, _ url: String) -> ExperimentError {
        switch error.code {
        case .timedOut where error.phase == .firstByte:
            ExperimentError(.activityFailed, "activity took too long to complete", underlying: error)
        case .invalidRequest, .tooManyRedirects:
            ExperimentError(.unforeseen, "cannot send the request to \(url): \(error.message)", underlying: error)
        case .addressRefused: ExperimentError(.refused, error.message, underlying: error)
        case .tooLarge:
            ExperimentError(.activityFailed, "the answer of \(url) is too large: \(error.message)", underlying: error)
        default:
            ExperimentError(.activityFailed, "failed to connect to \(url): \(error.message)", underlying: error)
        }
    }
}

extension TransportError {
    /// Whether the request may be sent again: no connection was made, or it was lost and the method may be repeated.
    fileprivate func mayBeRetried(_ method: String) -> Bool {
        switch code {
        case .nameNotResolved, .connectFailed: true
        case .timedOut: phase == .nameLookup || phase == .connect
        case .connectionClosed: ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].contains(method)
        default: false
        }
    }
}
