import Basics
import Experiments
import JSON
import Transport

/// What load is to be generated: which request, how often, how long.
struct LoadPlan: Sendable {
    /// When requests begin.
    enum Pace: Sendable, Hashable {
        /// So many a second, however slow the answers are.
        case rate(Double)
        /// So many at a time: each begins when one before it has ended.
        case concurrency(Int)

        /// How many requests may be open at a time.
        var mostOpen: Int {
            switch self {
            case .rate: LoadPlan.maximumOpen
            case .concurrency(let number): number
            }
        }
    }

    /// When the load ends.
    enum End: Sendable, Hashable {
        case duration(Duration)
        case count(Int)
    }

    /// How many requests may be open at a time; others wait, which their latency tells.
    static let maximumOpen = 1_000
    private static let maximumRate = 10_000.0
    /// What the bodies of all open requests may take of memory.
    private static let bodyBytes = 64 << 20
    /// What one body may take of it, however many are open.
    private static let leastBodyBytes = 64 << 10

    let request: HTTPRequest
    let pace: Pace
    let end: End

    /// The load of `load_generate`.
    init(_ invocation: NativeActivity.Invocation) throws(ExperimentError) {
        let settings = try Self.settings(invocation)
        func given(_ name: String) -> JSONValue? { (settings[name] ?? .null).isNull ? nil : settings[name] }
        // Experiments of the original name no URL, since it sends nothing.
        guard let url = given("url")?.stringValue ?? invocation.configuration["load_url"]?.stringValue else {
            throw .failedActivity(
                "there is no URL to send the load to: give url, a URL as load, or load_url in the configuration")
        }
        var request = try Self.request(
            url, method: given("method")?.stringValue ?? "GET", headers: given("headers"), body: given("body"),
            timeout: try Self.duration(given("timeout") ?? 30, "timeout"), verifies: given("verify_tls") != false)
        switch (given("rate"), given("concurrency")) {
        case (.some(let rate), nil): pace = try Self.rate(rate, "rate")
        case (nil, let concurrency):
            pace = .concurrency(try Self.number(concurrency ?? 10, "concurrency", to: Self.maximumOpen))
        default: throw .failedActivity("give rate or concurrency, not both")
        }
        request.maximumResponseBytes = Self.bodyLimit(pace)
        self.request = request
        if let duration = given("duration") {
            end = .duration(try Self.duration(duration, "duration"))
        } else {
            end = .count(try Self.number(given("count") ?? 100, "count", to: 100_000_000))
        }
    }

    /// The load of `load_generate_demo`: so many requests a second to a host or URL.
    init(demo invocation: NativeActivity.Invocation) throws(ExperimentError) {
        let target = invocation.argument("target").pythonText
        let url = target.containsBytes("://") ? target : "http://\(target)/"
        var request = try Self.request(
            url, method: "GET", headers: nil, body: nil, timeout: .seconds(30), verifies: true)
        pace = try Self.rate(invocation.argument("intensity"), "intensity")
        request.maximumResponseBytes = Self.bodyLimit(pace)
        self.request = request
        end = .duration(try Self.duration(invocation.argument("load_duration"), "load_duration"))
    }

    /// How long it takes at least; nil where that depends on the answers.
    var leastDuration: Duration? {
        switch (pace, end) {
        case (_, .duration(let duration)): duration
        case (.rate(let rate), .count(let count)): .seconds(1) * (Double(count) / rate)
        case (.concurrency, .count): nil
        }
    }

    /// The arguments, behind them the entry of the configuration's `loads` that `load` names.
    private static func settings(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> JSONObject {
        var settings = invocation.arguments
        guard let load = invocation.given("load")?.stringValue else { return settings }
        if load.containsBytes("://") {
            if invocation.given("url") == nil { settings["url"] = .string(load) }
            return settings
        }
        guard let entry = invocation.configuration["loads"]?[load]?.objectValue else {
            guard invocation.given("url") != nil else {
                throw .failedActivity(
                    "load is \"\(load)\", which is no URL and no entry of loads in the configuration")
            }
            return settings
        }
        // A count that is not given has the original's default, and would hide that of the entry.
        let hasOwnCount = settings["count"] != 100
        for (name, value) in entry where (settings[name] ?? .null).isNull || name == "count" && !hasOwnCount {
            settings[name] = value
        }
        return settings
    }

    private static func request(
        _ url: String, method: String, headers: JSONValue?, body: JSONValue?, timeout: Duration, verifies: Bool
    ) throws(ExperimentError) -> HTTPRequest {
        do { _ = try RequestTarget(url) } catch {
            throw .failedActivity("the URL of the load cannot be used: \(error.message)")
        }
        var request = HTTPRequest(
            method.uppercased(), url, headers: ["User-Agent": TocsinVersion.userAgent], connectTimeout: timeout,
            totalTimeout: timeout)
        // A long answer is no failure of the service: nobody reads the rest.
        request.cutsOffBody = true
        request.tls = TLSOptions(verifies: verifies)
        for (name, value) in headers?.objectValue ?? [:] { request.headers.set(name, value.pythonText) }
        switch body {
        case nil: break
        case .string(let text)?: request.body = .bytes(Array(text.utf8))
        case .some(let value):
            request.body = .bytes(value.serialized())
            if request.headers["Content-Type"] == nil { request.headers.set("Content-Type", "application/json") }
        }
        return request
    }

    private static func bodyLimit(_ pace: Pace) -> Int { max(leastBodyBytes, bodyBytes / pace.mostOpen) }

    private static func rate(_ value: JSONValue, _ name: String) throws(ExperimentError) -> Pace {
        guard let rate = value.doubleValue ?? Double(value.pythonText), rate > 0, rate <= maximumRate else {
            throw .failedActivity(
                "\(name) is \(value.pythonText), expected requests a second above 0 up to \(Int(maximumRate))")
        }
        return .rate(rate)
    }

    private static func number(_ value: JSONValue, _ name: String, to limit: Int) throws(ExperimentError) -> Int {
        guard let number = value.intValue.map(Int.init) ?? Int(value.pythonText), (1...limit).contains(number) else {
            throw .failedActivity("\(name) is \(value.pythonText), expected a whole number from 1 to \(limit)")
        }
        return number
    }

    /// - Parameter unit: what a number counts.
    static func duration(
        _ value: JSONValue, _ name: String, unit: Duration = .seconds(1)
    ) throws(ExperimentError) -> Duration {
        guard let duration = Duration(text: value.pythonText, bareUnit: unit), duration > .zero,
            duration <= .seconds(86_400)
        else {
            let units = unit == .seconds(1) ? "seconds" : "milliseconds"
            throw .failedActivity(
                "\(name) is \(value.pythonText), expected \(units) or a length of time such as 500ms, up to a day")
        }
        return duration
    }
}
