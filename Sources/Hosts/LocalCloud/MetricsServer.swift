import AlarmEvaluation
import Basics
import HTTPServer
import JSON
import NIOHTTP1
import Transport

/// CloudWatch's API: metrics are kept by ``LocalMetrics``, all else goes to moto.
///
/// It speaks AWS's JSON protocol, as Tocsin's functions do; calls in other protocols go to moto whole.
struct MetricsServer: RequestHandler {
    let metrics: LocalMetrics
    let moto: Moto
    let client: HTTPClient
    let alarmChanges: AlarmChangeCount

    /// CloudWatch's own limit for a request of `PutMetricData`.
    private static let maximumBytes = 1_000_000
    /// A year, in seconds.
    private static let longestPeriod: Int64 = 31_536_000
    private static let json = "application/x-amz-json-1.0"
    private static let metricsOnAPage = 500

    /// Serves on a free port of 127.0.0.1 for as long as the body runs.
    /// - Parameter body: given the address, `http://127.0.0.1:40123`.
    func serve<Result: Sendable>(_ body: @Sendable (String) async throws -> Result) async throws -> Result {
        try await Server.run(Server.Configuration(), handler: self, grace: .seconds(1)) { server in
            try await body("http://127.0.0.1:\(server.port)")
        }
    }

    func bodyLimit(for head: HTTPRequestHead) -> Int { Self.maximumBytes }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        if let refusal = LocalCallers.refusal(request.head) { return refusal }
        guard case .complete(let body) = request.body else {
            return Self.refusal(.payloadTooLarge, "RequestEntityTooLarge", "a request has at most 1,000,000 bytes")
        }
        let headers = request.head.headers
        let operation = headers.first(name: "x-amz-target")?.split(separator: ".").last.map(String.init)
        let isReadable = headers.first(name: "content-encoding") == nil
        guard let operation, isReadable, Self.ownOperations.contains(operation) else {
            return await forward(operation, request.head, body)
        }
        do throws(MetricsFault) {
            guard let input = try? JSONValue(parsing: body) else {
                throw MetricsFault("SerializationException", "the body is no JSON")
            }
            return Self.reply(try answer(operation, input))
        } catch {
            return Self.refusal(.badRequest, error.code, error.message)
        }
    }

    private static let ownOperations: Set = ["PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics"]

    private func answer(_ operation: String, _ input: JSONValue) throws(MetricsFault) -> JSONValue {
        switch operation {
        case "PutMetricData": try put(input)
        case "GetMetricData": try data(input)
        case "GetMetricStatistics": try statistics(input)
        default: list(input)
        }
    }

    private static func reply(_ value: JSONValue) -> ServerReply {
        ServerReply(headers: ["Content-Type": json], body: .bytes(value.serialized()))
    }

    private static func refusal(_ status: HTTPResponseStatus, _ code: String, _ message: String) -> ServerReply {
        let body: JSONValue = ["__type": .string(code), "message": .string(message)]
        return ServerReply(
            status: status, headers: ["Content-Type": json, "x-amzn-query-error": "\(code);Sender"],
            body: .bytes(body.serialized()))
    }

    // MARK: What goes to moto

    /// Whether a call changes nothing; in other protocols its name is not known.
    private static func isReading(_ operation: String?) -> Bool {
        guard let operation else { return false }
        return ["Describe", "Get", "List"].contains { operation.hasPrefix($0) }
    }

    private func forward(_ operation: String?, _ head: HTTPRequestHead, _ body: [UInt8]) async -> ServerReply {
        let kept = head.headers.filter { !["host", "content-length", "connection"].contains($0.name.lowercased()) }
        let forwarded = HTTPRequest(
            head.method.rawValue, moto.endpoint + head.uri,
            headers: Transport.HTTPHeaders(kept.map { ($0.name, $0.value) }),
            body: body.isEmpty ? .none : .bytes(body))
        do {
            let response = try await client.execute(forwarded)
            if !Self.isReading(operation) { alarmChanges.add() }
            var headers = NIOHTTP1.HTTPHeaders()
            for field in response.headers
            where !["content-length", "connection", "transfer-encoding"].contains(field.name.lowercased()) {
                headers.add(name: field.name, value: field.value)
            }
            return ServerReply(
                status: HTTPResponseStatus(statusCode: response.status), headers: headers, body: .bytes(response.body))
        } catch {
            return Self.refusal(.serviceUnavailable, "ServiceUnavailable", "moto does not answer: \(error)")
        }
    }

    // MARK: Metrics

    private func put(_ input: JSONValue) throws(MetricsFault) -> JSONValue {
        let namespace = try input.text("Namespace")
        var data: [PutDatum] = []
        for element in input["MetricData"]?.arrayValue ?? [] {
            data.append(try PutDatum(element, namespace: namespace, now: .now()))
        }
        guard metrics.put(data, namespace: namespace) else {
            throw MetricsFault(
                "LimitExceeded", "the local CloudWatch keeps at most \(LocalMetrics.maximumSeries) metrics")
        }
        return [:]
    }

    private func data(_ input: JSONValue) throws(MetricsFault) -> JSONValue {
        let (start, end) = try input.times()
        let isAscending = input["ScanBy"]?.stringValue == "TimestampAscending"
        var results: [JSONValue] = []
        for query in input["MetricDataQueries"]?.arrayValue ?? [] {
            guard let stat = query["MetricStat"], let metric = stat["Metric"] else {
                throw MetricsFault("ValidationError", "the local CloudWatch evaluates no expressions")
            }
            var points = try self.points(
                metric, statistic: try stat.text("Stat"), unit: stat["Unit"]?.stringValue,
                period: stat["Period"]?.intValue, from: start, to: end)
            if !isAscending { points.reverse() }
            guard query["ReturnData"]?.boolValue ?? true else { continue }
            let label = query["Label"] ?? metric["MetricName"] ?? ""
            results.append([
                "Id": .string(try query.text("Id")), "Label": label, "StatusCode": "Complete",
                "Timestamps": .array(points.map { .double($0.start.secondsSinceEpoch) }),
                "Values": .array(points.map { .double($0.value) }),
            ])
        }
        return ["MetricDataResults": .array(results), "Messages": []]
    }

    private func statistics(_ input: JSONValue) throws(MetricsFault) -> JSONValue {
        let (start, end) = try input.times()
        var found: [Timestamp: JSONObject] = [:]
        let plain = (input["Statistics"]?.arrayValue ?? []).compactMap(\.stringValue)
        let extended = (input["ExtendedStatistics"]?.arrayValue ?? []).compactMap(\.stringValue)
        for name in plain + extended {
            let points = try self.points(
                input, statistic: name, unit: input["Unit"]?.stringValue, period: input["Period"]?.intValue,
                from: start, to: end)
            for point in points {
                var object = found[point.start] ?? ["Timestamp": .double(point.start.secondsSinceEpoch)]
                if plain.contains(name) {
                    object[name] = .double(point.value)
                } else {
                    var values = object["ExtendedStatistics"]?.objectValue ?? [:]
                    values[name] = .double(point.value)
                    object["ExtendedStatistics"] = .object(values)
                }
                found[point.start] = object
            }
        }
        let points = found.sorted { $0.key < $1.key }.map { JSONValue.object($0.value) }
        return ["Label": .string(try input.text("MetricName")), "Datapoints": .array(points)]
    }

    private func points(
        _ metric: JSONValue, statistic: String, unit: String?, period: Int64?, from start: Timestamp, to end: Timestamp
    ) throws(MetricsFault) -> [(start: Timestamp, value: Double)] {
        let identity = MetricSamples.Identity(
            namespace: try metric.text("Namespace"), metric: try metric.text("MetricName"),
            dimensions: metric.dimensions)
        guard let period, (1...Self.longestPeriod).contains(period) else {
            throw MetricsFault("ValidationError", "Period must be from 1 to \(Self.longestPeriod) seconds")
        }
        let known: Statistic
        do throws(AlarmEvaluationError) {
            known = try Statistic(parsing: statistic)
        } catch {
            throw MetricsFault("ValidationError", error.message)
        }
        guard let series = metrics.series(of: identity), unit == nil || unit == series.unit else { return [] }
        return series.points(known, period: .seconds(period), from: start, to: end)
    }

    private func list(_ input: JSONValue) -> JSONValue {
        let namespace = input["Namespace"]?.stringValue
        let name = input["MetricName"]?.stringValue
        let filters = (input["Dimensions"]?.arrayValue ?? []).map {
            ($0["Name"]?.stringValue, $0["Value"]?.stringValue)
        }
        let found = metrics.series { series in
            (namespace == nil || series.metric.namespace == namespace) && (name == nil || series.metric.metric == name)
                && filters.allSatisfy { filter in
                    guard let name = filter.0, let value = series.metric.dimensions[name] else { return false }
                    return filter.1 == nil || filter.1 == value
                }
        }
        // By number: a position is another one when metrics before it go.
        let last = input["NextToken"]?.stringValue.flatMap { Int($0) } ?? 0
        let rest = found[found.partitionPoint { $0.number <= last }...]
        let page = rest.prefix(Self.metricsOnAPage)
        var output: JSONObject = ["Metrics": .array(page.map(\.json))]
        if page.count < rest.count, let last = page.last { output["NextToken"] = .string(String(last.number)) }
        return .object(output)
    }
}

/// Counts the calls that may have changed alarms, so that nobody asks moto for them again and again.
final class AlarmChangeCount: Sendable {
    private let count = Locked(0)

    func add() { count.withLock { $0 += 1 } }

    /// How many there were.
    var value: Int { count.withLock { $0 } }
}

/// One element of `MetricData`.
struct PutDatum: Sendable {
    let metric: MetricSamples.Identity
    /// The names of the dimensions in their order.
    let dimensionNames: [String]
    let time: Timestamp
    let unit: String?
    let values: [MetricSamples.Weighted]

    init(_ element: JSONValue, namespace: String, now: Timestamp) throws(MetricsFault) {
        metric = MetricSamples.Identity(
            namespace: namespace, metric: try element.text("MetricName"), dimensions: element.dimensions)
        dimensionNames = (element["Dimensions"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
        time = element["Timestamp"]?.time ?? now
        unit = element["Unit"]?.stringValue
        values = try Self.values(element)
        guard values.allSatisfy({ Self.isSound($0.value) && Self.isSound($0.count) }) else {
            throw MetricsFault(
                "InvalidParameterValue",
                "values and counts must be numbers from -2^360 to 2^360, as CloudWatch has them")
        }
    }

    /// Whether CloudWatch takes the number.
    private static func isSound(_ number: Double) -> Bool { number.magnitude <= largest }

    private static let largest = Double(sign: .plus, exponent: 360, significand: 1)

    private static func values(_ element: JSONValue) throws(MetricsFault) -> [MetricSamples.Weighted] {
        if let value = element["Value"]?.doubleValue { return [MetricSamples.Weighted(value)] }
        if let values = element["Values"]?.arrayValue?.map(\.doubleValue), !values.isEmpty {
            let counts = element["Counts"]?.arrayValue?.map(\.doubleValue) ?? Array(repeating: 1, count: values.count)
            guard counts.count == values.count else {
                throw MetricsFault("InvalidParameterValue", "Values and Counts must have the same length")
            }
            return zip(values, counts).compactMap { value, count in
                guard let value, let count, count > 0 else { return nil }
                return MetricSamples.Weighted(value, count: count)
            }
        }
        guard let set = element["StatisticValues"], let count = set["SampleCount"]?.doubleValue, count > 0,
            let sum = set["Sum"]?.doubleValue, let low = set["Minimum"]?.doubleValue,
            let high = set["Maximum"]?.doubleValue
        else { throw MetricsFault("InvalidParameterValue", "a metric needs Value, Values or StatisticValues") }
        if count < 2 { return [MetricSamples.Weighted(sum / count, count: count)] }
        // Samples with the same number, sum, minimum and maximum.
        let rest = count - 2
        return [MetricSamples.Weighted(low), MetricSamples.Weighted(high)]
            + (rest > 0 ? [MetricSamples.Weighted((sum - low - high) / rest, count: rest)] : [])
    }
}

/// Why a call is refused, in CloudWatch's words.
struct MetricsFault: Error {
    let code: String
    let message: String

    init(_ code: String, _ message: String) { (self.code, self.message) = (code, message) }
}

extension LocalMetrics.Series {
    /// An element of `Metrics`.
    fileprivate var json: JSONValue {
        let dimensions = dimensionNames.map { name -> JSONValue in
            ["Name": .string(name), "Value": .string(metric.dimensions[name] ?? "")]
        }
        return [
            "Namespace": .string(metric.namespace), "MetricName": .string(metric.metric),
            "Dimensions": .array(dimensions),
        ]
    }
}

extension JSONValue {
    fileprivate func text(_ key: String) throws(MetricsFault) -> String {
        guard let text = self[key]?.stringValue, !text.isEmpty else {
            throw MetricsFault("MissingParameter", "The parameter \(key) is required.")
        }
        return text
    }

    /// A time in seconds, or as text.
    fileprivate var time: Timestamp? {
        doubleValue.map { Timestamp(secondsSinceEpoch: $0) } ?? stringValue.flatMap { Timestamp(iso8601: $0) }
    }

    fileprivate func times() throws(MetricsFault) -> (start: Timestamp, end: Timestamp) {
        guard let start = self["StartTime"]?.time, let end = self["EndTime"]?.time, start < end else {
            throw MetricsFault("ValidationError", "StartTime must be before EndTime")
        }
        return (start, end)
    }

    /// The element's dimensions by name.
    fileprivate var dimensions: [String: String] {
        let pairs = (self["Dimensions"]?.arrayValue ?? []).compactMap { dimension in
            dimension["Name"]?.stringValue.map { ($0, dimension["Value"]?.stringValue ?? "") }
        }
        return Dictionary(pairs) { $1 }
    }
}
