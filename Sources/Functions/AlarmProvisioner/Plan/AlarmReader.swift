public import AWS
import AWSResources
public import Basics
import CloudWatchAlarms
import JSON

/// Reads the alarms and mute rules of one scope, and finds out whose they are.
///
/// Which are ours is listed by the tagging API, 100 a call, because CloudWatch tells the tags of one alarm a call. That
/// list lags by minutes, so alarms whose names are desired and that it does not have are asked for one by one.
public struct AlarmReader: Sendable {
    /// How many alarms are asked for their tags at the same time.
    static let parallelCalls = 8
    /// Of how many alarms the tags are read one by one when the tagging API cannot be used, and before deletion.
    static let maximumSingleReads = 1_000

    private let scope: AlarmScope
    private let options: AlarmOptions
    private let calls: CloudWatchCalls
    private let tagging: AWSClient

    /// A reader.
    /// - Parameter aws: with the scope's region and the credentials of its account.
    /// - Throws: `AWSError` when the settings give no endpoint.
    public init(scope: AlarmScope, options: AlarmOptions, aws: AWSConfiguration) throws(AWSError) {
        self.scope = scope
        self.options = options
        calls = CloudWatchCalls(try AWSClient(.cloudWatch, configuration: aws))
        tagging = try AWSClient(.resourceGroupsTaggingAPI, configuration: aws)
    }

    /// Reads what exists.
    ///
    /// Never throws: what could not be read is told in the result.
    /// - Parameters:
    ///   - desired: of this scope; an alarm that is like the desired one is not kept.
    ///   - coverage: for less than everything only our alarms and the desired ones are read, in a few calls.
    ///   - asksAll: whether alarms that the tagging API does not list are asked for their tags, too, as far as
    ///     ``maximumSingleReads`` allows: where no later run finds what its list lacks yet.
    public func read(
        desired: [DesiredAlarm], muteRules: [DesiredMuteRule] = [], coverage: AlarmCoverage = .all,
        asksAll: Bool = false, deadline: Timestamp? = nil
    ) async -> ExistingAlarms {
        var reading = AlarmReading(desired: desired, options: options, arnPrefix: arnPrefix)
        reading.asksAll = asksAll && !coverage.isOneResource
        var existing = ExistingAlarms(scope: scope, coverage: coverage)
        do { try await listOwned(&reading, coverage, deadline) } catch {
            existing.ownershipFailure = "the tagging API did not list our alarms: \(error)"
            if coverage == .all { reading.asksAll = true }
        }
        do {
            try await describe(&reading, coverage, deadline)
            existing.alarms = await resolve(reading, deadline)
            let isKnown = reading.areAllAsked && (reading.asksAll || coverage.isOneResource)
            if isKnown { existing.ownershipFailure = nil }
        } catch {
            existing.failure = "its alarms cannot be listed: \(error)"
        }
        if !coverage.isOneResource { await readMuteRules(Set(muteRules.map(\.rule.name)), &existing, deadline) }
        existing.calls = calls.count
        return existing
    }

    private var arnPrefix: String {
        ARN(service: "cloudwatch", region: scope.region, account: scope.account, resource: "alarm:").description
    }

    // MARK: Alarms

    /// The names of our alarms with their tags, by the tagging API.
    private func listOwned(
        _ reading: inout AlarmReading, _ coverage: AlarmCoverage, _ deadline: Timestamp?
    ) async throws {
        var filters: [JSONValue] = [
            ["Key": .string(AlarmOptions.ownerTag), "Values": [.string(options.owner)]]
        ]
        if case .resource(let resource) = coverage {
            filters.append([
                "Key": .string(AlarmOptions.resourceTag), "Values": [.string(AlarmTagText.value(resource))],
            ])
        }
        let input: JSONValue = [
            "ResourceTypeFilters": ["cloudwatch:alarm"], "TagFilters": .array(filters), "ResourcesPerPage": 100,
        ]
        var pages = tagging.pages("GetResources", input, deadline: deadline).makeAsyncIterator()
        while true {
            calls.note()
            guard let page = try await pages.next() else { break }
            reading.takeOwned(page)
        }
        calls.note(-1)  // the one that would have come after the last page
    }

    private func describe(
        _ reading: inout AlarmReading, _ coverage: AlarmCoverage, _ deadline: Timestamp?
    ) async throws {
        if coverage != .all, !reading.asksAll {
            for names in reading.names.sorted().chunks(of: 100) {
                try await calls.describe(["AlarmNames": .array(names.map { .string($0) })], deadline) { page in
                    reading.takeAlarms(page)
                }
            }
        } else {
            try await calls.describe([:], deadline) { page in reading.takeAlarms(page) }
        }
    }

    /// Asks for the tags of the alarms of which they are not known yet.
    private func resolve(_ reading: AlarmReading, _ deadline: Timestamp?) async -> [ExistingAlarm] {
        var found = reading.found
        let asked = reading.asked.map(\.arn)
        let tags = await calls.tags(of: asked, deadline)
        for alarm in reading.asked {
            found.append(reading.alarm(alarm, tags: tags[alarm.arn] ?? .failure(AWSError(.transport, "not asked"))))
        }
        return found.filter { alarm in
            // Others' alarms concern us only when we want their names.
            switch alarm.ownership {
            case .foreign, .unknown: reading.isDesired(alarm.name)
            default: true
            }
        }
    }

    // MARK: Mute rules

    private func readMuteRules(
        _ desired: Set<String>, _ existing: inout ExistingAlarms, _ deadline: Timestamp?
    ) async {
        let arns: [String]
        do { arns = try await calls.muteRuleARNs(deadline) } catch let error as AWSError {
            // A service without mute rules, as emulators are, has none.
            let isUnknown = error.isUnknownOperation && desired.isEmpty
            existing.muteRuleFailure = isUnknown ? nil : "mute rules cannot be listed: \(error)"
            return
        } catch {
            existing.muteRuleFailure = "mute rules cannot be listed: \(error)"
            return
        }
        let tags = await calls.tags(of: arns, deadline)
        for arn in arns {
            let name = ARN(arn)?.name ?? arn
            guard let result = tags[arn] else { continue }
            let owner = (try? result.get())?[AlarmOptions.ownerTag]
            guard desired.contains(name) || owner == options.owner else { continue }
            let ownership: ExistingMuteRule.Ownership
            switch result {
            case .failure(let error): ownership = .unknown("\(error)")
            case .success(let tags) where owner == options.owner:
                do { ownership = .ours(try await calls.muteRule(name, tags: tags, deadline)) } catch {
                    ownership = .unknown("\(error)")
                }
            case .success: ownership = .foreign(owner: owner)
            }
            existing.muteRules.append(ExistingMuteRule(name: name, ownership: ownership))
        }
    }
}

/// What a reading has found so far: a pure value that takes pages.
struct AlarmReading: Sendable {
    /// An alarm whose tags must be asked for.
    struct Asked: Sendable {
        let name: String
        let arn: String
        let type: AlarmType
        let changedAt: Timestamp?
        let content: Result<Alarm, CloudWatchAlarmsError>
    }

    /// The tags of an alarm that is ours.
    private enum OwnedTags {
        /// As desired, so that they need not be kept.
        case asDesired
        case other([String: String])
    }

    private(set) var found: [ExistingAlarm] = []
    private(set) var asked: [Asked] = []
    /// Whether the tags of every alarm are asked for, up to ``AlarmReader/maximumSingleReads``.
    var asksAll = false
    /// Whether none was left out.
    private(set) var areAllAsked = true

    private let options: AlarmOptions
    private let arnPrefix: String
    private let desired: [DesiredAlarm]
    private let positions: [String: Int]
    private var owned: [String: OwnedTags] = [:]
    private var undesired = 0

    init(desired: [DesiredAlarm], options: AlarmOptions, arnPrefix: String) {
        self.options = options
        self.arnPrefix = arnPrefix
        self.desired = desired
        var positions = [String: Int](minimumCapacity: desired.count)
        for (position, wanted) in desired.enumerated() where positions[wanted.alarm.name] == nil {
            positions[wanted.alarm.name] = position
        }
        self.positions = positions
    }

    /// Of the desired alarms and those that are ours.
    var names: Set<String> { Set(positions.keys).union(owned.keys) }

    func isDesired(_ name: String) -> Bool { positions[name] != nil }

    private func wanted(_ name: String) -> DesiredAlarm? {
        positions[name].map { desired[$0].owned(by: options.owner) }
    }

    /// Takes a page of `GetResources`.
    mutating func takeOwned(_ page: JSONValue) {
        for mapping in page["ResourceTagMappingList"]?.arrayValue ?? [] {
            guard let arn = ARN(mapping["ResourceARN"]?.stringValue), arn.resourceType == "alarm" else { continue }
            let tags = AlarmTags.read(mapping["Tags"])
            guard tags[AlarmOptions.ownerTag] == options.owner else { continue }
            let isRight = wanted(arn.name).map { changes(from: tags, to: $0).isEmpty } ?? false
            owned[arn.name] = isRight ? .asDesired : .other(tags)
        }
    }

    /// Takes a page of `DescribeAlarms`.
    mutating func takeAlarms(_ page: JSONValue) {
        for type in AlarmType.allCases {
            for json in page[type.list]?.arrayValue ?? [] { take(json, type) }
        }
    }

    private mutating func take(_ json: JSONValue, _ type: AlarmType) {
        guard let name = json["AlarmName"]?.stringValue else { return }
        let (wanted, tags) = (wanted(name), owned.removeValue(forKey: name))
        guard wanted != nil || tags != nil || asksAll else { return }
        let arn = json["AlarmArn"]?.stringValue ?? arnPrefix + name
        let content = Result { () throws(CloudWatchAlarmsError) in try Alarm(describing: json, type: type) }
        let changedAt = (json["AlarmConfigurationUpdatedTimestamp"]?.stringValue).flatMap { Timestamp(iso8601: $0) }
        func add(_ ownership: ExistingAlarm.Ownership) {
            found.append(ExistingAlarm(name: name, type: type, ownership: ownership, changedAt: changedAt))
        }
        func ask() {
            asked.append(Asked(name: name, arn: arn, type: type, changedAt: changedAt, content: content))
        }
        switch tags {
        case .asDesired?: add(ownership(content, wanted?.alarm.tags ?? [:], wanted))
        case .other(let tags)? where wanted != nil || undesired >= AlarmReader.maximumSingleReads:
            add(ownership(content, tags, wanted))
        case .other?:
            // It will probably be deleted: the list lags, so whether it is still ours is asked for once more.
            undesired += 1
            ask()
        case nil where wanted == nil && asked.count >= AlarmReader.maximumSingleReads: areAllAsked = false
        case nil: ask()
        }
    }

    /// An alarm whose tags have been asked for.
    func alarm(_ asked: Asked, tags: Result<[String: String], AWSError>) -> ExistingAlarm {
        let ownership: ExistingAlarm.Ownership
        switch tags {
        case .failure(let error): ownership = .unknown("\(error)")
        case .success(let tags):
            let owner = tags[AlarmOptions.ownerTag]
            ownership =
                owner == options.owner
                ? self.ownership(asked.content, tags, wanted(asked.name)) : .foreign(owner: owner)
        }
        return ExistingAlarm(
            name: asked.name, type: asked.type, ownership: ownership, changedAt: asked.changedAt)
    }

    private func ownership(
        _ content: Result<Alarm, CloudWatchAlarmsError>, _ tags: [String: String], _ wanted: DesiredAlarm?
    ) -> ExistingAlarm.Ownership {
        switch content {
        case .failure(let error): return .oursUnreadable(tags: tags, reason: error.message)
        case .success(var alarm):
            if let wanted, wanted.alarm.hasSettings(of: alarm), changes(from: tags, to: wanted).isEmpty {
                return .asDesired
            }
            alarm.tags = tags
            return .ours(alarm)
        }
    }

    private func changes(from tags: [String: String], to wanted: DesiredAlarm) -> TagChanges {
        TagChanges(from: tags, to: wanted.alarm.tags, copied: options.copiedTags)
    }
}
