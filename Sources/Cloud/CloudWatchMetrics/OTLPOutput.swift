public import AWS
public import Basics
import JSON
import Transport

/// Writes metrics by OTLP over HTTP, to CloudWatch's endpoint with its signature, or to a collector.
///
/// The namespace is the name of the instrumentation scope, dimensions are the attributes of data points. Counts become
/// delta sums, anything else becomes a gauge.
public struct OTLPOutput: MetricOutput {
    /// How often a request is sent at most.
    private static let maximumAttempts = 3
    /// A server that asks for a longer pause is not asked again in this write.
    private static let longestPause = Duration.seconds(20)

    private let namespace: String
    private let settings: OTLPSettings
    private let aws: AWSConfiguration
    private let url: String

    /// - Throws: `AWSError` when neither the settings nor the configuration give an endpoint.
    public init(namespace: String, settings: OTLPSettings, aws: AWSConfiguration) throws(AWSError) {
        self.namespace = namespace
        self.settings = settings
        self.aws = aws
        if let endpoint = settings.endpoint {
            url = endpoint
        } else {
            url = try AWSClient(.cloudWatch, configuration: aws).endpointURL().withoutSlash + "/v1/metrics"
        }
    }

    /// Writes the batches, as ``CloudWatchOutput`` does.
    ///
    /// When an endpoint takes a request in part it does not say which data points it rejected; the first of the request
    /// is then reported as refused, with the number of all.
    public func write(_ batches: [[MetricDatum]], until end: Timestamp) async -> MetricWriteResult {
        await BatchSender(send: send).write(batches, until: end)
    }

    private func send(_ data: [MetricDatum], until end: Timestamp) async throws {
        let message = OTLPMessage(data, scope: namespace, resource: settings.resource)
        var body = settings.isJSON ? message.json.serialized() : message.protobuf
        if settings.compresses { body = try gzip(body) }
        var attempt = 1
        while true {
            let failure: MetricsError
            var pause = Duration.milliseconds(Int64(Double(200 << attempt) * (0.5 + aws.time.random() / 2)))
            do {
                let response = try await exchange(body, until: end)
                if try accepts(response, count: data.count) { return }
                failure = error(response)
                if let asked = response.headers["Retry-After"].flatMap(retryAfter) { pause = max(pause, asked) }
            } catch let error as TransportError {
                failure = MetricsError(.notAccepted, "\(url) cannot be reached: \(error)", underlying: error)
            }
            guard attempt < Self.maximumAttempts, pause <= Self.longestPause, aws.time.now() + pause < end else {
                throw failure
            }
            attempt += 1
            try await aws.time.sleep(pause)
        }
    }

    private func exchange(_ body: [UInt8], until end: Timestamp) async throws -> HTTPResponse {
        let left = end - aws.time.now()
        guard left > .zero else { throw MetricsError(.notAccepted, "no time left to send metrics to \(url)") }
        var request = HTTPRequest(
            "POST", url, headers: ["Content-Type": settings.isJSON ? "application/json" : "application/x-protobuf"],
            body: .bytes(body), connectTimeout: min(aws.connectTimeout, settings.timeout),
            totalTimeout: min(left, settings.timeout), maximumResponseBytes: 1 << 20)
        if settings.compresses { request.headers.add("Content-Encoding", "gzip") }
        for header in settings.headers.sorted(by: { $0.key < $1.key }) { request.headers.set(header.key, header.value) }
        return isSigned ? try await aws.send(request, signedFor: "monitoring") : try await aws.http.execute(request)
    }

    /// CloudWatch's own endpoint, also one that is named, unless the headers have a token for it.
    private var isSigned: Bool {
        if settings.headers.keys.contains(where: { $0.lowercased() == "authorization" }) { return false }
        guard let endpoint = settings.endpoint else { return true }
        let host = endpoint.split(separator: "/").dropFirst().first?.split(separator: ":").first ?? ""
        return host.hasSuffix(".amazonaws.com") || host.hasSuffix(".amazonaws.com.cn")
    }

    /// Whether the data were taken; false when they may be sent again.
    /// - Throws: ``RefusedData``, or ``MetricsError`` when no attempt can succeed.
    private func accepts(_ response: HTTPResponse, count: Int) throws -> Bool {
        switch response.status {
        case 200..<300:
            let answer = answer(response, isFailure: false)
            guard answer.rejected > 0 else { return true }
            let why = answer.message.isEmpty ? "" : ": \(answer.message)"
            if answer.rejected >= count { throw RefusedData(reason: "\(url) refused it\(why)") }
            throw RefusedData(
                reason:
                    "\(url) refused \(answer.rejected) of the \(count) data of this request, and does not say which"
                    + why,
                isPartial: true)
        case 400, 413, 422:
            let message = answer(response, isFailure: true).message
            throw RefusedData(reason: "\(url) refused it: \(response.status) \(message)")
        case 429, 502, 503, 504: return false
        default: throw error(response)
        }
    }

    private func answer(_ response: HTTPResponse, isFailure: Bool) -> OTLPAnswer {
        let type = response.headers["Content-Type"] ?? ""
        return OTLPAnswer(response.body, isJSON: !type.hasPrefix("application/x-protobuf"), isFailure: isFailure)
    }

    private func error(_ response: HTTPResponse) -> MetricsError {
        let message = answer(response, isFailure: true).message
        let advice =
            switch response.status {
            case 401: ": check OTEL_EXPORTER_OTLP_HEADERS"
            case 403 where isSigned: ": the role needs cloudwatch:PutMetricData"
            case 404, 405: ": OTEL_EXPORTER_OTLP_ENDPOINT is the address without /v1/metrics"
            default: ""
            }
        return MetricsError(
            .notAccepted, "\(url) answered \(response.status)" + (message.isEmpty ? "" : " \(message)") + advice)
    }

    /// A number of seconds; a date is not read, and the usual pause taken.
    private func retryAfter(_ text: String) -> Duration? {
        Int(text).flatMap { $0 >= 0 && $0 < 86_400 ? .seconds($0) : nil }
    }
}

extension String {
    fileprivate var withoutSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
