public import AWS
public import Basics
import ConfigurationSources
import Glibc
import ServiceHistory
import StateStore

extension ReportSettings {
    /// Names the reports that have the same services: those of another region or namespace can have the same place.
    ///
    /// A report in which no test was found, or no check, has a name of its own, and so removes nothing of the others:
    /// rather those who write the results are silent.
    fileprivate func maker(_ services: [SLAReportInput.Service]) -> String {
        let kinds = Set(services.map(\.history.kind.rawValue)).sorted()
        let parts = [region, namespaces.tests ?? "", namespaces.checks ?? "", environment] + kinds
        return String(Digest.sha256Hex(parts.joined(separator: "\n")).prefix(8))
    }

    /// Where the files are that a service has alone, of the parts that this report makes.
    ///
    /// Pages of incidents stay: links lead to them.
    fileprivate var foldersOfServices: [String] {
        var folders: [String] = []
        if parts.contains(.original) { folders.append("\(OriginalReport.path(environment))/") }
        if parts.contains(.site) { folders.append("services/") }
        if parts.contains(.feeds) { folders.append("badges/") }
        return folders
    }
}

/// Makes reports: finds services, reads their results, builds files and writes those that changed.
///
/// The function and `tocsin report` share it.
public struct ReportRun: Sendable {
    /// Tells what is being done, for people who wait.
    public typealias Progress = @Sendable (String) -> Void

    let settings: ReportSettings
    let time: TimeSource
    let aws: @Sendable () throws -> AWSConfiguration
    private let configuration: RenewingConfiguration<ReportConfiguration>
    private let series = TestSeries()

    /// How long a file of the configuration is used before its source is asked again.
    private static let configurationMaximumAge = Duration.seconds(60)
    /// Pages that are in memory at the same time: of a service 30 to 60 KB.
    private static let pagesAtOnce = 100
    /// Planned work is announced for so long.
    private static let announcedDays = 31

    /// A run with its settings.
    /// - Throws: ``ReportError`` with everything that is wrong with the variables, or with a file that is in them.
    init(
        _ settings: ReportSettings, environment: [String: String], time: TimeSource,
        aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws {
        (self.settings, self.time, self.aws) = (settings, time, aws)
        guard let source = settings.configuration else {
            configuration = RenewingConfiguration(ReportConfiguration())
            return
        }
        configuration = try RenewingConfiguration(
            source, maximumAge: Self.configurationMaximumAge, environment: environment, remote: .awsFiles(aws),
            time: time,
            unreadable: { ReportError(.invalid, "\(source): \($0)", underlying: $0) },
            read: { bytes in
                do { return try ReportConfiguration(parsing: bytes) } catch {
                    throw ReportError(.invalid, "\(source): \(error)", underlying: error)
                }
            })
    }

    /// A run on a machine with files of its own, with the settings of its variables.
    ///
    /// `REPORT_INCIDENTS` may be a folder, and how often the report is made is known only when they say so.
    /// - Parameter aws: asked when something is read.
    /// - Throws: ``ReportError`` with everything that is wrong with the variables, or with a file that is in them.
    public init(
        environment: [String: String], time: TimeSource, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws {
        try self.init(ReportSettings(environment, place: .machine), environment: environment, time: time, aws: aws)
    }

    // MARK: Everything

    /// Makes the whole report.
    /// - Parameter writes: whether files are written, and not only the summary is made.
    /// - Throws: ``ReportError``: `unreadable` before anything is written, so that the last report stays.
    public func all(
        deadline: Timestamp, writes: Bool = true, progress: @escaping Progress = { _ in }
    ) async throws -> ReportSummary {
        let now = time.now()
        let (configuration, warning) = try await configuration.current(deadline: deadline)
        let client = try AWSClient(.cloudWatch, configuration: patient(aws()))
        let discovery = ServiceDiscovery(client: client, namespaces: settings.namespaces, deadline: deadline)
        let found: [MeasuredService]
        do { found = try await discovery.services(progress: progress) } catch {
            throw ReportError(.unreadable, "the services could not be listed: \(error)", underlying: error)
        }
        // Nothing found is not "nothing exists": the last report stays.
        guard !found.isEmpty else { throw ReportError(.unreadable, noServices) }
        let services = found.reported(configuration, region: settings.region)
        let days = max(settings.days ?? configuration.days ?? ReportSettings.defaultDays, settings.ranges.days)
        let resolution = HistoryResolution(
            services: services.count, days: days, minutes: settings.ranges.seconds, end: now)
        var input = try await read(
            services, resolution, configuration, from: client, at: now, deadline: deadline, progress: progress)
        var summary = ReportSummary(input.contents)
        summary.calls = input.calls
        summary.warnings = [warning].compactMap(\.self) + warnings(configuration, found)
        try await addIncidents(to: &input.contents, configuration, &summary)
        if writes, settings.parts.contains(.site) {
            let reader = MetricHistoryReader(client: client, namespaces: settings.namespaces, deadline: deadline)
            let certificates = try await reader.certificates(of: services.map(\.measured), at: now)
            for (place, days) in certificates.days { input.contents.services[place].certificateDays = days }
            summary.calls += certificates.calls
            if let fault = certificates.fault {
                input.contents.unread.append(.init(what: "days of certificates", reason: fault))
            }
        }
        summary.unread = input.contents.unread
        if writes { try await write(input.contents, deadline, &summary, progress) }
        return summary
    }

    private var noServices: String {
        let places = [
            settings.namespaces.tests.map { "\($0) (integration-sla-attempts by Region and Service)" },
            settings.namespaces.checks.map { "\($0) (success by name and region)" },
        ].compactMap(\.self).joined(separator: " nor in ")
        return "no service has metrics in \(places) in the region \(settings.region): check METRIC_NAMESPACE, "
            + "CLOUDWATCH_NAMESPACE and the region; a new metric is listed after up to 15 minutes"
    }

    private func warnings(_ configuration: ReportConfiguration, _ found: [MeasuredService]) -> [String] {
        let names = Set(found.map(\.fullName))
        return configuration.unknownServices(among: names).map { name in
            let near = names.sorted().nearest(to: name).map { ", did you mean \($0)?" } ?? ""
            return "the configuration names the service \(name), which has had no results for two weeks\(near)"
        }
    }

    private func write(
        _ input: SLAReportInput, _ deadline: Timestamp, _ summary: inout ReportSummary, _ progress: @escaping Progress
    ) async throws {
        let store = try ReportFileStore.at(settings.output, aws: aws)
        let writer: ReportWriter
        do {
            guard
                let whole = try await ReportWriter.whole(
                    store, generatedAt: input.generatedAt, deadline: deadline, maker: settings.maker(input.services))
            else {
                summary.isSuperseded = true
                return
            }
            writer = whole
        } catch {
            throw ReportError(.unwritten, "nothing was written to \(settings.output): \(error)", underlying: error)
        }
        // Some pages after the others, and the original's files service by service: all of them at once would not fit
        // into the memory of a function.
        let conditions = settings.parts.contains(.site) || settings.parts.contains(.feeds) ? input.conditions : []
        if settings.parts.contains(.site) {
            let site = StatusSite(input, conditions)
            for start in stride(from: 0, to: site.count, by: Self.pagesAtOnce) {
                progress("Writing the pages: \(start) of \(site.count) …")
                let places = start..<min(start + Self.pagesAtOnce, site.count)
                try await writer.write(places.map(site.file(at:)), isNoted: true)
            }
        }
        if settings.parts.contains(.feeds) {
            progress("Writing the feeds …")
            try await writer.write(ReportBuilders.feeds(input, conditions), isNoted: true)
        }
        if settings.parts.contains(.original) {
            for (index, service) in input.services.enumerated() where service.history.kind == .test {
                progress("Writing the files of \(service.displayName): \(index + 1) of \(input.services.count) …")
                // Messages write these too, so the next report looks at them.
                try await writer.write(
                    ReportBuilders.original(service, in: input, runnerBucket: settings.runnerBucket), isNoted: false)
            }
            try await writer.write(
                ReportBuilders.serviceList(input, runnerBucket: settings.runnerBucket), isNoted: false)
        }
        // Only after a report that lacks nothing: what is not made then is gone.
        if input.unread.isEmpty, writer.summary.failures.isEmpty {
            progress("Looking for files of services that are gone …")
            await writer.removeGone(below: settings.foldersOfServices)
        }
        summary.files = writer.summary
        summary.warnings += [summary.files.removalFault].compactMap(\.self)
        do { try await writer.finish() } catch {
            summary.files.failures.append((ReportWriter.stateKey, "\(error)"))
        }
    }

    // MARK: Services of messages

    /// Writes the original's files of some services.
    /// - Parameter results: what was told of them, which CloudWatch may not have yet.
    func some(_ names: [String], _ results: [HistoryPoint?], deadline: Timestamp) async throws -> ReportSummary {
        let now = time.now()
        let (configuration, warning) = try await configuration.current(deadline: deadline)
        let client = try AWSClient(.cloudWatch, configuration: patient(aws()))
        let discovery = ServiceDiscovery(client: client, namespaces: settings.namespaces, deadline: deadline)
        let measured: [MeasuredService]
        do { measured = try await series.services(names, discovery, region: settings.region, at: now) } catch {
            throw ReportError(
                .unreadable, "the regions of the services could not be listed: \(error)", underlying: error)
        }
        let services = measured.map {
            ReportedService(measured: $0, rule: configuration.service($0.name), id: $0.name)
        }
        let resolution = HistoryResolution(
            services: services.count, days: settings.ranges.days, minutes: settings.ranges.seconds, end: now)
        var input = try await read(services, resolution, configuration, from: client, at: now, deadline: deadline) {
            _ in
        }
        for (index, result) in results.enumerated() {
            guard let result else { continue }
            input.contents.services[index].history.add(result)
        }
        var summary = ReportSummary(input.contents)
        summary.calls = input.calls
        summary.unread = input.contents.unread
        summary.warnings = [warning].compactMap(\.self)
        let store = try ReportFileStore.at(settings.output, aws: aws)
        let writer = ReportWriter.part(store, generatedAt: now, deadline: deadline)
        for service in input.contents.services {
            // A history with a gap would replace one without.
            guard !summary.unread.contains(where: { $0.service == service.id }) else {
                summary.failedServices.insert(service.history.name)
                continue
            }
            let before = writer.summary.failures.count
            try await writer.write(
                ReportBuilders.original(service, in: input.contents, runnerBucket: settings.runnerBucket),
                isNoted: false)
            if writer.summary.failures.count > before { summary.failedServices.insert(service.history.name) }
        }
        summary.files = writer.summary
        return summary
    }

    /// Writes the original's list of services.
    func list(deadline: Timestamp) async throws -> ReportWriter.Summary {
        let (configuration, _) = try await configuration.current(deadline: deadline)
        let client = try AWSClient(.cloudWatch, configuration: patient(aws()))
        let found = try await ServiceDiscovery(client: client, namespaces: settings.namespaces, deadline: deadline)
            .services { _ in }
        guard !found.isEmpty else { throw ReportError(.unreadable, noServices) }
        let input = frame(
            found.reported(configuration, region: settings.region), configuration, days: 1, at: time.now())
        let store = try ReportFileStore.at(settings.output, aws: aws)
        let writer = ReportWriter.part(store, generatedAt: input.generatedAt, deadline: deadline)
        try await writer.write(ReportBuilders.serviceList(input, runnerBucket: settings.runnerBucket), isNoted: false)
        return writer.summary
    }

    // MARK: Parts of both

    /// The contents of a report, and how many calls they took.
    private struct Reading {
        var contents: SLAReportInput
        var calls: Int
    }

    private func read(
        _ services: [ReportedService], _ resolution: HistoryResolution, _ configuration: ReportConfiguration,
        from client: AWSClient, at now: Timestamp, deadline: Timestamp, progress: @escaping Progress
    ) async throws -> Reading {
        let reader = MetricHistoryReader(client: client, namespaces: settings.namespaces, deadline: deadline)
        var outcome: MetricHistoryReader.Outcome
        do { outcome = try await reader.read(services.map(\.measured), resolution, progress: progress) } catch {
            throw ReportError(.unreadable, "the results could not be read: \(error)", underlying: error)
        }
        if outcome.unread.count == services.count, let reason = outcome.unread.values.first?.first?.reason {
            throw ReportError(.unreadable, "no service could be read whole: \(reason)")
        }
        let days = settings.days ?? configuration.days ?? ReportSettings.defaultDays
        var input = frame(services, configuration, days: days, at: now)
        for (index, service) in services.enumerated() {
            swap(&input.services[index].history.points, &outcome.points[index])
            for gap in outcome.unread[index] ?? [] {
                input.unread.append(
                    .init(
                        what: "results of \(input.services[index].displayName) \(gap.range.text)", reason: gap.reason,
                        service: service.id))
            }
        }
        return Reading(contents: input, calls: outcome.calls)
    }

    /// A report without results.
    private func frame(
        _ services: [ReportedService], _ configuration: ReportConfiguration, days: Int, at now: Timestamp
    ) -> SLAReportInput {
        let zone = settings.zone ?? configuration.zone ?? .utc
        let past = max(days, settings.ranges.days)
        let planned = configuration.maintenance(
            in: now - .seconds(past * 86_400)..<now + .seconds(Self.announcedDays * 86_400))
        let objective = settings.objective ?? configuration.objective ?? ReportSettings.defaultObjective
        return SLAReportInput(
            title: settings.title ?? configuration.title ?? "Service levels", generatedAt: now, zone: zone.rules,
            zoneName: zone.name, baseURL: settings.baseURL ?? configuration.baseURL, environment: settings.environment,
            days: days, ranges: settings.ranges, arithmetic: settings.arithmetic, every: settings.every,
            services: services.map { service in
                let measured = service.measured
                var history = ServiceHistory(
                    name: measured.name, group: measured.group, kind: measured.kind,
                    objective: service.rule?.objective ?? objective)
                history.maintenance = planned.compactMap { work in
                    work.services.isEmpty || work.services.contains(measured.fullName) ? work.range : nil
                }
                return SLAReportInput.Service(
                    id: service.id, displayName: service.rule?.displayName ?? measured.name,
                    group: service.rule?.group ?? measured.group, details: service.rule?.details, history: history)
            },
            maintenance: planned.map { work in
                .init(
                    title: work.title, range: work.range,
                    services: services.filter { work.services.contains($0.measured.fullName) }.map(\.id))
            })
    }

    /// Adds the incidents that people told of, their planned work, and those that outages make.
    ///
    /// A report without incidents is better than none.
    private func addIncidents(
        to input: inout SLAReportInput, _ configuration: ReportConfiguration, _ summary: inout ReportSummary
    ) async throws {
        let now = input.generatedAt
        if let location = settings.incidents {
            do {
                if let listing = try await listing(at: location) {
                    input.incidents = input.named(listing.incidents)
                    summary.warnings += unknownServices(of: listing.incidents, in: input)
                    input.unread += listing.faults.map { .init(what: "an incident", reason: $0) }
                } else {
                    summary.warnings.append(
                        "no incidents were read: there is no folder \(location); `tocsin incident open` makes it")
                }
            } catch {
                input.unread.append(.init(what: "incidents", reason: "\(location): \(error)"))
            }
        }
        for index in input.services.indices {
            let more = input.incidents.maintenance(of: input.services[index].history.displayName, at: now)
            guard !more.isEmpty else { continue }
            input.services[index].history.maintenance = (input.services[index].history.maintenance + more)
                .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        }
        if let after = configuration.incidentsAfter {
            let range = now - .seconds(input.days * 86_400)..<now
            input.incidents += AutomaticIncidents(threshold: after, names: input.namesForPeople)
                .incidents(of: input.services.map(\.history), in: range, besides: input.incidents, at: now)
            input.incidents.sort { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        }
    }

    /// Names that incidents of the report's days have and no service has: nobody would see them with a service.
    ///
    /// For who makes the report; pages show the names as they were told.
    private func unknownServices(of incidents: [Incident], in input: SLAReportInput) -> [String] {
        let now = input.generatedAt
        let names = input.services.map(\.history.displayName).sorted()
        return incidents.filter { ($0.endedAt(now) ?? now) >= now - .seconds(input.days * 86_400) }.flatMap {
            incident in
            incident.services.filter { name in !input.services.contains { $0.isCalled(name) } }.map { name in
                let near = names.nearest(to: name).map { ", did you mean \($0)?" } ?? ""
                return "the incident \(incident.id) names the service \(name), which the report does not have\(near)"
            }
        }
    }

    /// The incidents of a place; nil for a folder that is not there, which a report does not make: its name may be a
    /// slip, or nobody has told of anything yet.
    private func listing(at location: String) async throws -> IncidentStore.Listing? {
        guard ReportSettings.isFolder(location) else {
            return try await IncidentStore(at: location, time: time, aws: aws).all()
        }
        if access(location, F_OK) != 0, errno == ENOENT { return nil }
        return try await IncidentStore(.folder(location), time: time).all()
    }

    /// CloudWatch throttles by the second: a few more attempts get through where three do not.
    private func patient(_ configuration: AWSConfiguration) -> AWSConfiguration {
        var configuration = configuration
        if configuration.maximumAttempts == nil { configuration.maximumAttempts = 6 }
        return configuration
    }
}

extension ServiceHistory {
    /// Adds a result that is newer than all others: CloudWatch shows it some seconds later.
    mutating func add(_ result: HistoryPoint) {
        if let last = points.last, result.start < last.end { return }
        points.append(result)
    }
}

extension [SLAReportInput.Range] {
    /// The longest in seconds; zero when there is none.
    var seconds: Int { last.map { Int($0.length.components.seconds) } ?? 0 }

    /// The longest in whole days, at least 1.
    var days: Int { Swift.max(1, (seconds + 86_399) / 86_400) }
}

extension Range<Int> {
    /// Seconds since 1970 for people: `from 2026-11-01T00:00:00Z to 2026-11-02T00:00:00Z`.
    fileprivate var text: String {
        let times = [lowerBound, upperBound].map { Timestamp(microseconds: Int64($0) * 1_000_000).iso8601 }
        return "from \(times[0]) to \(times[1])"
    }
}
