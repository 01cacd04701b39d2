public import Basics
import DurableExecution
import Glibc
import JSON
public import StateStore

/// Which run works on which service, and how earlier ones ended: a document for each service.
///
/// The claim of a service is a conditional write, so two adjusters cannot work on one service. Whether the process of a
/// claim is alive is told by the lease of its durable run.
public struct AdjustmentLedger: Sendable {
    /// One run on one service.
    public struct Entry: Sendable, Hashable, Codable {
        /// The run's id.
        public var run: String
        /// What was planned; without task definitions once the run has ended.
        public var plan: ServicePlan?
        /// When it was planned.
        public var startedAt: Timestamp
        /// The time at which the run has ended, if it is executed at all: all timeouts and the way back together.
        public var claimedUntil: Timestamp
        /// Which program on which machine.
        public var owner: String
        /// nil while it goes on.
        public var outcome: AdjustmentOutcome?
        /// What another process needs to go on with the run; nil once it has ended.
        var order: AdjustmentRun.Order?
        /// The key of the run's own record; nil for one that Lambda has, of a durable execution.
        var record: String?

        /// An entry.
        public init(run: String, startedAt: Timestamp, claimedUntil: Timestamp, owner: String) {
            (self.run, self.startedAt, self.claimedUntil, self.owner) = (run, startedAt, claimedUntil, owner)
        }
    }

    /// A service's document.
    private struct Record: Codable {
        /// The layout; another one is not touched.
        var adjustments = 1
        var service: String
        /// The run that goes on.
        var open: Entry?
        /// The newest first.
        var earlier: [Entry] = []
    }

    /// So many runs of a service are kept.
    public static let kept = 50
    private static let prefix = "service-"
    private static let callTimeout = Duration.seconds(30)
    private static let maximumAttempts = 5

    let store: StateStore
    private let time: TimeSource

    /// A ledger in a store, which also has the records of the runs.
    public init(_ store: StateStore, time: TimeSource) { (self.store, self.time) = (store, time) }

    /// The runs of a service, the newest first.
    /// - Parameter service: its ARN, or `cluster/name`, or its name, which may fit several services.
    /// - Throws: `StateStoreError`; ``AdjusterError`` `unavailable` for a document that is damaged.
    public func history(of service: String) async throws -> [Entry] {
        let isARN = service.utf8.starts(with: "arn:".utf8)
        let records = isARN ? [try await record(of: service)].compactMap { $0 } : try await allRecords()
        let wanted = ECSServiceName(service)
        let entries = records.filter { isARN || ECSServiceName($0.service).isSame(as: wanted) }.flatMap { record in
            (record.open.map { [$0] } ?? []) + record.earlier
        }
        return entries.sorted { $0.startedAt > $1.startedAt }
    }

    /// The ARNs of all services that runs have worked on, in order.
    /// - Throws: `StateStoreError`; ``AdjusterError`` `unavailable` for a document that is damaged.
    public func services() async throws -> [String] { try await allRecords().map(\.service).sorted() }

    /// Whether the process of a run lives, as far as its lease tells; false for a run that has ended.
    ///
    /// One of Lambda's durable executions has its record there, so that only the time of its claim tells.
    /// - Throws: `StateStoreError`.
    public func isAlive(_ entry: Entry) async throws -> Bool {
        guard entry.outcome == nil else { return false }
        return time.now() < (try await leaseEnd(of: entry) ?? entry.claimedUntil)
    }

    /// Until when the process of a run has it, unless it renews that; nil where only the time of its claim tells.
    ///
    /// That is so for a run whose record is not in the store, and for one of the function within its time: between two
    /// invocations no process has it, and still it goes on.
    /// - Throws: `StateStoreError`.
    public func leaseEnd(of entry: Entry) async throws -> Timestamp? {
        guard entry.hasOwnRecord || time.now() >= entry.claimedUntil else { return nil }
        let deadline = time.now() + Self.callTimeout
        return try await DurableRun.leaseEnd(in: store, key: entry.recordKey, deadline: deadline)
    }

    /// The run that goes on on a service; nil for none.
    func openRun(of service: String) async throws -> Entry? { try await record(of: service)?.open }

    /// All runs that go on, by the ARN of their service.
    func openRuns() async throws -> [String: Entry] {
        var open: [String: Entry] = [:]
        for record in try await allRecords() { open[record.service] = record.open }
        return open
    }

    /// Whether a run has claimed a service of a region; the documents of other regions are not read.
    func hasClaims(of run: String, in region: String) async throws -> Bool {
        try await allRecords(in: region).contains { $0.open?.run == run }
    }

    /// Claims a service for a run; a second time, too.
    /// - Returns: the run that has it; nil when it is ours.
    func claim(_ service: String, for entry: Entry) async throws -> Entry? {
        try await update(service) { record in
            if let open = record.open {
                guard open.run == entry.run else { return (open, false) }
                // Another program goes on with it, and its lease is the one that tells.
                guard let key = entry.record, key != open.record else { return (nil, false) }
                record.open?.record = key
                return (nil, true)
            }
            // It has ended before: a process that was replaced comes too late.
            if let earlier = record.earlier.first(where: { $0.run == entry.run }) { return (earlier, false) }
            record.open = entry
            return (nil, true)
        }
    }

    /// Gives a service free that nothing was done with.
    func withdraw(_ service: String, run: String) async throws {
        try await update(service) { record in
            guard record.open?.run == run else { return ((), false) }
            record.open = nil
            return ((), true)
        }
    }

    /// Gives a service free, and keeps how the run ended; a second time nothing happens.
    /// - Returns: the keys of the records of runs that were dropped for it.
    @discardableResult
    func release(_ service: String, run: String, _ outcome: AdjustmentOutcome) async throws -> [String] {
        try await update(service) { record in
            guard var entry = record.open, entry.run == run else { return ([], false) }
            (entry.outcome, entry.order) = (outcome, nil)
            entry.plan?.forget()
            record.open = nil
            record.earlier.insert(entry, at: 0)
            let dropped = record.earlier.dropFirst(Self.kept).map(\.recordKey)
            record.earlier = Array(record.earlier.prefix(Self.kept))
            return (dropped, true)
        }
    }

    // MARK: Records of runs

    /// The key of a run's own record.
    static func runKey(_ run: String) -> String { "run-\(run)" }

    /// Removes the record of a run that nobody goes on with, as far as the store allows it.
    func removeRecord(_ key: String) async {
        let deadline = time.now() + Self.callTimeout
        try? await DurableRun.remove(from: store, key: key, deadline: deadline)
    }

    /// Removes the records of runs whose process died before it claimed a service: they have begun nothing.
    func removeUnclaimedRecords() async throws {
        let prefix = Self.runKey("")
        let keys = try await store.documents(prefix: prefix, until: time.now() + Self.callTimeout).keys.sorted()
        let claimed = Set(try await allRecords().flatMap { $0.earlier + [$0.open].compactMap(\.self) }.map(\.run))
        for run in keys.map({ String($0.dropFirst(prefix.count)) }) where !claimed.contains(run) {
            let deadline = time.now() + Self.callTimeout
            // Segments of records have no lease.
            guard let end = try await DurableRun.leaseEnd(in: store, key: Self.runKey(run), deadline: deadline),
                end < time.now()
            else { continue }
            await removeRecord(Self.runKey(run))
        }
    }

    /// Keeps only how a run ended, as far as the store allows it: its steps have whole task definitions, whose
    /// variables may be secrets.
    func forgetSteps(of run: String) async {
        let deadline = time.now() + Self.callTimeout
        try? await DurableRun.forgetSteps(in: store, key: Self.runKey(run), deadline: deadline)
    }

    // MARK: Documents

    /// Changes a service's document; anew when another process has changed it meanwhile.
    private func update<R>(_ service: String, _ change: (inout Record) -> (R, changed: Bool)) async throws -> R {
        let key = Self.key(service)
        let changed = try await store.update(
            key, attempts: Self.maximumAttempts, until: { time.now() + Self.callTimeout }
        ) { document in
            var record = try document.map { try Self.record($0, key) } ?? Record(service: service)
            let (result, isChanged) = change(&record)
            return (result, isChanged ? "\(try JSONEncoder().encodeToValue(record))" : nil)
        }
        guard let changed else {
            throw AdjusterError(
                .unavailable, "\(key): other processes keep changing the service's record; try again")
        }
        return changed
    }

    private func record(of service: String) async throws -> Record? {
        let key = Self.key(service)
        return try await store.document(key, until: time.now() + Self.callTimeout).map { try Self.record($0, key) }
    }

    private func allRecords(in region: String? = nil) async throws -> [Record] {
        let prefix = Self.prefix + (region.map { $0 + "." } ?? "")
        return try await store.documents(prefix: prefix, until: time.now() + Self.callTimeout)
            .sorted { $0.key < $1.key }
            .map { try Self.record($0.value, $0.key) }
    }

    private static func record(_ document: StateStore.Document, _ key: String) throws -> Record {
        let json = document.json
        if json?["adjustments"] == 1, let record = try? JSONDecoder().decode(Record.self, from: json ?? .null) {
            return record
        }
        let version = json?["adjustments"].map { "of version \($0)" } ?? "damaged, or something else"
        throw AdjusterError(
            .unavailable,
            "\(key) in the store should be the record of a service's adjustments, and is \(version): look at it, and "
                + "move it away when nothing is adjusting the service")
    }

    /// The key of a service's document, which begins with its region; a hash for names that are too long for a file.
    static func key(_ service: String) -> String {
        let parts = service.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return prefix + Digest.sha256Hex(service) }
        let name = parts[5].dropFirst("service/".count).split(separator: "/").joined(separator: ".")
        let place = "\(parts[3]).\(parts[4])."
        return prefix + place + (place.utf8.count + name.utf8.count <= 160 ? name : Digest.sha256Hex(service))
    }

    /// The owner that a claim of this process names.
    static func owner() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&bytes, bytes.count - 1) == 0
        let name = bytes.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }
        let host = isKnown ? String(decoding: name, as: UTF8.self) : "an unknown host"
        let program = CommandLine.arguments.first?.split(separator: "/").last.map { String($0) } ?? "a program"
        return "\(program), process \(getpid()) on \(host)"
    }
}

extension AdjustmentLedger.Entry {
    /// Where the run's record is, or is put by another process that ends it.
    var recordKey: String { record ?? AdjustmentLedger.runKey(run) }

    /// Whether only the process that began the run executes it; another program's function comes back to its own.
    var hasOwnRecord: Bool { recordKey == AdjustmentLedger.runKey(run) }
}

extension ServicePlan {
    /// Drops what only a run that goes on needs: documents of a store are small, and the variables of task definitions
    /// may be secrets.
    fileprivate mutating func forget() {
        component = ComponentConfiguration(name: component.name, service: component.service, cluster: component.cluster)
        (registration, express) = (nil, nil)
        (snapshot.taskDefinition.registrable, snapshot.express) = ([:], nil)
        (snapshot.service.deployments, snapshot.service.events) = ([], [])
    }
}
