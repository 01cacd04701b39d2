public import AWS
public import Basics
public import CloudWatchMetrics
import Configuration
import ConfigurationSources
public import Events
public import FunctionRuntime
import JSON
import Logging
public import Transport

/// Checks endpoints in Gatus's format, writes metrics and publishes changes of state.
///
/// The event of a scheduler checks the endpoints that are due; `{"endpoints": ["shop/api"]}` checks those by name, and
/// `{"endpoints": []}` all. The answer is a summary with the endpoints that are down. An HTTP request never checks
/// anything: it pushes the result of an external endpoint.
///
/// The checks end before the function's time does, so that their results are always written. A check that has not ended
/// by then counts as timed out. Metrics, changes and state are written independently of one another. What could not be
/// written is named in log and answer, and fails the invocation at its end if `UPTIME_FAIL_ON` says so: by default
/// metrics and changes do, state alone does not.
///
/// Endpoints whose metrics or changes were not written stay due: the next run, or Lambda's retry, checks them again.
public struct UptimeChecker: FunctionHandler {
    /// Kept back from the invocation's time, for the answer.
    static let reserve = Duration.milliseconds(500)
    /// How many pushes may write to the document of all endpoints while a run saves it.
    private static let pushers = 8

    let configuration: Configuration
    private let configurationFile: RenewingConfiguration<UptimeConfiguration>
    private let checker: Checker
    private let output: any MetricOutput
    private let tracker: ChangeTracker
    private let heartbeats: HeartbeatWatch
    let pushes: PushTracker
    private let dueTimes = DueTimes()
    private let notes = ConfigurationNotes()
    let time: TimeSource
    /// Settings of AWS that have no effect.
    public let startWarnings: [String]

    /// What a platform other than Lambda does for the checker.
    public struct Platform: Sendable {
        /// Publishes changes; returns the ids of those that were, and why others were not.
        public typealias Publish =
            @Sendable ([UptimeChange], Timestamp) async -> (published: Set<String>, failure: String?)

        let metrics: any MetricOutput
        let publish: Publish?

        /// - Parameters:
        ///   - metrics: the platform's own service.
        ///   - publish: takes changes; nil for nobody, or the topic that the environment names.
        public init(metrics: any MetricOutput, publish: Publish? = nil) {
            (self.metrics, self.publish) = (metrics, publish)
        }
    }

    /// Makes the handler and reads the endpoints' configuration.
    /// - Throws: `ConfigurationError` that names every wrong variable, `UptimeCheckerError` that names every fault of
    ///   the configuration, or `AWSError`.
    public init(
        environment: Environment, loop: EventLoop, aws makeAWS: @autoclosure () throws -> AWSConfiguration,
        platform: Platform? = nil
    ) async throws {
        configuration = try Configuration(environment: environment)
        var aws = try makeAWS()  // after the configuration, which names all its faults
        // A connection can die while the function is frozen: waiting for it must not use up the invocation.
        aws.attemptTimeout = .seconds(5)
        time = aws.time
        startWarnings = aws.ignoredSettings
        checker = Checker(loop: loop, environment: environment.variables, time: time)
        configurationFile = try configuration.settings.endpoints(
            environment: environment.variables, aws: aws, time: time, executor: loop)
        output = try configuration.output.output(
            namespace: configuration.settings.namespace,
            aws: configuration.settings.proxy.map { aws.through($0, environment, loop) } ?? aws,
            otlp: configuration.otlp, platform: platform?.metrics
        )
        let shard = configuration.settings.shard
        let store = try configuration.state.store(of: shard, aws: aws)
        let topic = try configuration.topic.map { try ChangePublisher(topic: $0, aws: aws).publish }
        let publish = platform?.publish ?? topic
        tracker = ChangeTracker(
            store: store, publish: publish, thresholds: configuration.thresholds, region: configuration.region,
            writers: (shard?.count ?? 1) + Self.pushers, time: time)
        pushes = PushTracker(
            store: shard == nil ? store : try configuration.state.store(of: nil, aws: aws), publish: publish,
            thresholds: configuration.thresholds, region: configuration.region, time: time)
        heartbeats = HeartbeatWatch(store: store, time: time, since: configuration.heartbeatsSince)
        _ = try await configurationFile.current(deadline: time.now() + .seconds(8))
    }

    /// Checks the endpoints that the event asks for, or takes the result that it pushes, and writes the results.
    /// - Throws: `UptimeCheckerError` for a wrong event, a name that is unknown, and results that were not written.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let start = time.now()
        // Whoever knows the address of the function can send a request: its body is not read, and it starts no run.
        if let request = ExternalRequest(parsing: event) { return await answer(request, context) }
        let incoming = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: start)
        if incoming.kind == .http { return FunctionResponse(json: ExternalReply.wrongPath.response) }
        let request = try RunRequest(incoming)
        let end = context.deadline - Self.reserve
        let file = try await file(until: end, logger: context.logger)
        let selection = try selection(of: file, for: request, at: start)
        var report = RunReport(
            results: [], skipped: file.endpoints.count + file.suites.count - selection.count, duration: .zero)
        report.shard = file.shard
        report.heartbeats = selection.external.count
        let missing = await missingHeartbeats(of: selection, in: file, until: end, &report)
        await check(selection, of: file, missing, from: start, until: end, &report)
        let lost = report.lostEndpoints
        dueTimes.record(
            report.results.filter { !lost.contains($0.key) && (request == .due || $0.external != nil) }, at: start)
        report.log(to: context.logger)
        let failures = report.failures.filter { configuration.failsOn.contains($0.duty) }
        guard failures.isEmpty else {
            throw UptimeCheckerError(.notWritten, failures.map(\.reason).joined(separator: "; "))
        }
        context.report(partialFailures: max(report.lostEndpoints.count, report.failures.count), at: time.now())
        return FunctionResponse(json: report.json)
    }

    func file(until end: Timestamp, logger: Logger) async throws -> UptimeConfiguration {
        let (file, warning) = try await configurationFile.current(deadline: end)
        if let warning { logger.warning("configuration not renewed", metadata: ["reason": "\(warning)"]) }
        notes.log(file, configuration.warnings(about: file), to: logger)
        return file
    }

    private func missingHeartbeats(
        of selection: CheckSelection, in file: UptimeConfiguration, until end: Timestamp, _ report: inout RunReport
    ) async -> [CheckResult] {
        do {
            return try await heartbeats.missing(among: selection.external, until: end).map { result in
                let endpoint = selection.external.first { $0.key == result.key }
                return result.inMaintenance(endpoint.map { file.isInMaintenance($0, at: result.startedAt) } ?? false)
            }
        } catch {
            report.heartbeatFailure = "\(error)"
            return []
        }
    }

    private func selection(
        of file: UptimeConfiguration, for request: RunRequest, at now: Timestamp
    ) throws(UptimeCheckerError) -> CheckSelection {
        switch request {
        case .due: dueTimes.due(among: try file.selection(named: [], isFunction: true), at: now)
        case .named(let names):
            dueTimes.dueHeartbeats(of: try file.selection(named: names, isFunction: true), at: now)
        }
    }

    /// Checks, and writes the results as soon as they are there.
    ///
    /// Those of missing heartbeats come first, then those of endpoints, then those of suites, which may take minutes.
    private func check(
        _ selection: CheckSelection, of file: UptimeConfiguration, _ missing: [CheckResult], from start: Timestamp,
        until end: Timestamp, _ report: inout RunReport
    ) async {
        let run = UptimeRun(
            file, limits: configuration.limits(of: file), checker: checker,
            needsDomain: configuration.metrics.contains(.full)
        )
        let writingTime = Self.writingTime(of: end - start, endpoints: selection.count)
        let (parts, continuation) = AsyncStream.makeStream(of: [CheckResult].self)
        if !missing.isEmpty { continuation.yield(missing) }
        async let checks: Void = run.engine.run(selection, until: end - writingTime, into: continuation)
        for await results in parts {
            report.duration = time.now() - start
            async let tracking = tracker.track(results, until: end)
            await write(results, of: start, until: end, &report)
            report.tracking.add(await tracking)
            report.results += results
        }
        await checks
    }

    /// The part of the time that is kept for writing the results: 3 s and a second for each 10,000 endpoints, at most a
    /// quarter.
    static func writingTime(of time: Duration, endpoints: Int) -> Duration {
        max(.zero, min(time / 4, .seconds(3) + .microseconds(100 * endpoints)))
    }

    func write(
        _ results: [CheckResult], of runTime: Timestamp, until end: Timestamp, _ report: inout RunReport
    ) async {
        let now = time.now()
        var refused: [String] = []
        // Each with the keys of the endpoints that lack something when it is not written.
        var all = results.map { (keys: [$0.key], data: metrics(of: $0, runTime)) }
        if configuration.metrics.contains(.groups) {
            let (region, resolution) = (configuration.region, configuration.resolution)
            // A result that is pushed is of no run, so it would not be counted once a minute.
            all += GroupMetrics.all(of: results.filter { $0.external == nil }).map {
                ($0.keys, $0.metrics(region: region, resolution: resolution, runTime: runTime))
            }
        }
        let batches = all.map { batch in
            batch.data.filter { datum in
                let fault = datum.fault(at: now)
                if let fault { refused.append("\(datum.name): \(fault)") }
                return fault == nil
            }
        }
        let written = await output.write(batches, until: end)
        for (position, batch) in written.batches.enumerated() {
            let data = batches[position]
            refused += batch.refused.sorted { $0.key < $1.key }.map { "\(data[$0.key].name): \($0.value)" }
            report.data += data.count - batch.refused.count - batch.unwritten.count
            if !batch.unwritten.isEmpty { report.unwritten.formUnion(all[position].keys) }
        }
        report.metricFailure = report.metricFailure ?? written.failure.map { "\($0)" }
        guard let first = refused.first else { return }
        report.refusedData = (refused.count + (report.refusedData?.count ?? 0), report.refusedData?.first ?? first)
    }

    private func metrics(of result: CheckResult, _ runTime: Timestamp) -> [MetricDatum] {
        result.metrics(
            configuration.metrics, region: configuration.region, resolution: configuration.resolution, runTime: runTime)
    }

    /// Runs once through the code, with one endpoint and an invented observation.
    public func warmUp() async {
        guard let file = try? await configurationFile.current().value else { return }
        let now = time.now()
        var observation = Observation()
        (observation.isConnected, observation.status) = (true, 200)
        let engine = CheckEngine(
            limits: configuration.limits(of: file), time: time, observe: { [observation] _, _ in observation },
            isInMaintenance: { file.isInMaintenance($0, at: $1) }
        )
        let results = await engine.run(Array(file.endpoints.prefix(1)), until: now + .seconds(1))
        let input = CloudWatchOutput.input(
            results.flatMap { metrics(of: $0, now) }, namespace: configuration.settings.namespace)
        let report = RunReport(results: results, skipped: 0, duration: .zero)
        _ = (input.serialized(), report.json.serialized())
    }
}

extension UptimeChecker.StateLocation {
    fileprivate func store(of shard: Shard?, aws: AWSConfiguration) throws -> EndpointStateStore {
        switch self {
        case .memory: .memory()
        case .folder(let path): try .folder(path)
        case .object(let bucket, let key): try .object(bucket: bucket, key: key, aws: aws)
        case .table(let table, let checker): try .table(table, checker: checker, shard: shard, aws: aws)
        }
    }
}

extension AWSConfiguration {
    /// The same settings, with calls through a proxy.
    fileprivate func through(_ proxy: String, _ environment: Environment, _ loop: EventLoop) -> AWSConfiguration {
        var configuration = HTTPClientConfiguration(environment: environment.variables)
        configuration.proxy = ProxySettings(http: proxy, https: proxy)
        var copy = self
        copy.http = HTTPClient(loop: loop, configuration: configuration)
        return copy
    }
}

/// Why the uptime checker could not start, or an invocation failed.
public typealias UptimeCheckerError = CodedError<UptimeCheckerErrorCode>

/// The kinds of failure of the uptime checker.
public enum UptimeCheckerErrorCode: String, ErrorCode {
    /// The configuration has faults; the message names every one with its line.
    case wrongConfiguration
    /// The configuration could not be read from its source.
    case unreadableConfiguration
    /// The event is none that is understood.
    case wrongEvent
    /// The event, or the caller, names an endpoint that is not in the configuration.
    case unknownEndpoint
    /// The checks were made, and metrics, changes or state could not be written.
    case notWritten
}
