import Basics
import FunctionRuntime
import JSON
import Logging
import Transport

/// Delivers notifications to one output, one after the other in their order.
struct Courier: Sendable {
    /// One notification for the output.
    struct Job: Sendable {
        let notification: Notification
        var mentions: [Mention] = []
    }

    /// What became of it.
    enum Outcome: Sendable, Hashable {
        case sent
        /// It had been sent before.
        case duplicate
        /// It has not arrived; the reason holds no secret.
        case failed(String)
    }

    /// A job that the ledger has given to us.
    struct Parcel: Sendable {
        let position: Int
        let key: String
        let job: Job
        /// How many of its messages have arrived.
        var sent: Int
    }

    let definition: OutputDefinition
    let delivery: DeliveryContext

    /// - Returns: the outcome of each job.
    func deliver(_ jobs: [Job], until end: Timestamp) async -> [Outcome] {
        var session: OutputSession
        do { session = try await OutputSession(definition, delivery, until: end) } catch {
            return jobs.map { _ in .failed("\(error)") }
        }
        var outcomes = jobs.map { _ in Outcome.duplicate }
        var first: [String: Int] = [:]
        // One that the same event holds twice shares the fate of the first.
        var repeats: [(position: Int, of: Int)] = []
        var parcels: [Parcel] = []
        for (position, job) in jobs.enumerated() {
            let key = definition.ledgerKey(job.notification.dedupeKey)
            if let earlier = first[key] {
                repeats.append((position, of: earlier))
                continue
            }
            first[key] = position
            switch await delivery.ledger.claim(key, until: end) {
            case .mine(let sent): parcels.append(Parcel(position: position, key: key, job: job, sent: sent))
            case .done: break
            case .taken: outcomes[position] = .failed("another invocation is sending it just now")
            }
        }
        let ranges = Burst.bundles(
            of: parcels.map(\.job), above: delivery.digestAbove, for: session.output,
            mayJoin: { parcels[$0].sent == 0 }
        )
        for bundle in ranges.map({ parcels[$0] }) {
            let (sent, failure) = await session.deliver(bundle)
            for parcel in bundle {
                outcomes[parcel.position] = failure.map { .failed($0) } ?? .sent
                // What counts the messages of a digest says nothing about those of its parts.
                let settlement = failure == nil ? Settlement.done : .partly(sent: bundle.count == 1 ? sent : 0)
                await delivery.ledger.settle(parcel.key, settlement, until: end)
            }
        }
        for (position, first) in repeats {
            if case .failed = outcomes[first] { outcomes[position] = outcomes[first] }
        }
        return outcomes
    }
}

/// The work for one output in one invocation.
struct OutputSession {
    private(set) var output: ChatOutput

    private let definition: OutputDefinition
    private let delivery: DeliveryContext
    private let end: Timestamp
    private var secrets: [String: String]
    private var hasRenewed = false

    /// Fetches the secrets and makes the output.
    init(_ definition: OutputDefinition, _ delivery: DeliveryContext, until end: Timestamp) async throws {
        (self.definition, self.delivery, self.end) = (definition, delivery, end)
        secrets = try await delivery.secrets.values(of: definition.secrets, until: end)
        output = try definition.makeOutput(secrets: secrets)
    }

    /// Delivers one notification, or several as one message.
    /// - Returns: how many messages have arrived, and why not all.
    mutating func deliver(_ parcels: ArraySlice<Courier.Parcel>) async -> (sent: Int, failure: String?) {
        let jobs = parcels.map(\.job)
        var (notification, options) = Burst.content(of: jobs, now: delivery.time.now())
        guard let parcel = parcels.first, parcels.count == 1 else {
            return await send(notification, options, after: 0, keeping: nil)
        }
        options.idempotencyKey = parcel.key
        let threadKey = notification.incidentKey.map { "thread|" + definition.ledgerKey($0) }
        // Nothing is worse than critical: it begins a thread of its own.
        if let threadKey, notification.severity < .critical, let thread = await delivery.ledger.thread(threadKey),
            notification.severity < thread.severity
        {
            options.thread = thread.reference
        }
        if output.kind.supportsImages, let graph = notification.graph {
            options.image = await delivery.graphs?.image(of: graph, until: end)
        }
        let result = await send(notification, options, after: parcel.sent, keeping: threadKey)
        if let threadKey, options.thread != nil, notification.severity == .ok, result.failure == nil {
            await delivery.ledger.keep(nil, for: threadKey)
        }
        return result
    }

    private mutating func send(
        _ notification: Notification, _ options: MessageOptions, after first: Int, keeping threadKey: String?
    ) async -> (sent: Int, failure: String?) {
        var sent = first
        var messages = output.messages(for: notification, options)
        while sent < messages.count {
            if let reason = await waitForPause() { return (sent, reason) }
            switch await delivery.sender.send(messages[sent], by: output, until: end) {
            case .delivered(let reference, let followUp):
                if let reference, let threadKey, options.thread == nil, sent == 0, notification.severity > .ok {
                    let thread = IncidentThread(reference: reference, severity: notification.severity)
                    await delivery.ledger.keep(thread, for: threadKey)
                }
                if let followUp { await sendFollowUp(followUp) }
            case .failed(let failure):
                if let notBefore = failure.notBefore { delivery.pauses[definition.name] = notBefore }
                if failure.isUnauthorized, await renewSecrets() {
                    messages = output.messages(for: notification, options)
                    continue
                }
                guard messages[sent].isOptional else { return (sent, failure.reason) }
                report(failure)
            case .send, .wait: return (sent, "the sender ended too early")
            }
            sent += 1
        }
        return (sent, nil)
    }

    private func sendFollowUp(_ message: OutboundMessage) async {
        if case .failed(let failure) = await delivery.sender.send(message, by: output, until: end) { report(failure) }
    }

    private func report(_ failure: SendingState.Failure) {
        InvocationContext.current?.logger.warning(
            "follow-up not sent", metadata: ["output": "\(definition.name)", "reason": "\(failure.reason)"]
        )
    }

    /// Waits until the service wants something again.
    /// - Returns: why it makes no sense to go on.
    private func waitForPause() async -> String? {
        let now = delivery.time.now()
        if now + SendingState.shortestTry > end { return "not tried: no time is left" }
        guard let pause = delivery.pauses[definition.name], pause > now else { return nil }
        if pause + SendingState.shortestTry > end { return "not tried: the service wants nothing before \(pause)" }
        do { try await delivery.time.sleep(pause - now) } catch { return "not tried: the invocation was cancelled" }
        return nil
    }

    /// Fetches the secrets anew, once: they may have been changed since.
    /// - Returns: whether they are others now.
    private mutating func renewSecrets() async -> Bool {
        guard !hasRenewed else { return false }
        hasRenewed = true
        delivery.secrets.expire(definition.secrets.values)
        guard let secrets = try? await delivery.secrets.values(of: definition.secrets, until: end),
            secrets != self.secrets, let output = try? definition.makeOutput(secrets: secrets)
        else { return false }
        (self.secrets, self.output) = (secrets, output)
        return true
    }
}

/// What deliveries to all outputs share.
struct DeliveryContext: Sendable {
    let secrets: Secrets
    let sender: Sender
    let ledger: any Ledger
    /// `nil` when no pictures are wanted.
    let graphs: GraphSource?
    let time: TimeSource
    /// More notifications than this for one output are put together; 0 for never.
    let digestAbove: Int
    let pauses = Pauses()
}

/// The message that an incident began with.
struct IncidentThread: Sendable, Hashable {
    let reference: MessageReference
    /// How bad it was then.
    let severity: Severity

    init(reference: MessageReference, severity: Severity) { (self.reference, self.severity) = (reference, severity) }

    /// The form for keeping.
    var json: JSONValue { ["severity": .string(severity.rawValue), "reference": reference.json] }

    /// Reads the form for keeping.
    init?(_ json: JSONValue) {
        guard let severity = json["severity"]?.stringValue.flatMap(Severity.init(rawValue:)),
            let reference = json["reference"].flatMap({ MessageReference($0) })
        else { return nil }
        self.init(reference: reference, severity: severity)
    }
}
