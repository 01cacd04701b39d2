import Basics
import Configuration
import ConfigurationSources
import FunctionRuntime
import JSON
import Logging
import Transport

/// Delivers the notifications of one event to one output: claims them, groups them, sends them in order and settles.
struct OutputDelivery: Sendable {
    /// What became of a notification.
    enum Outcome: Sendable, Hashable {
        case sent
        /// It had been sent before.
        case duplicate
        /// It has not arrived; the reason holds no secret.
        case failed(String)
        /// The service does not take what it says, and would not do so the next time.
        case refused(String)

        /// Why it has not arrived; nil when it has.
        var failure: String? {
            switch self {
            case .sent, .duplicate: nil
            case .failed(let reason), .refused(let reason): reason
            }
        }
    }

    let definition: OutputDefinition
    let delivery: DeliveryContext
    /// More notifications than this become a digest; nil for the number that is set for all.
    var digestAbove: Int?

    /// - Parameter end: when the work has to end.
    /// - Returns: the outcome of each notification, in their order.
    func deliver(_ notifications: [PendingNotification], until end: Timestamp) async -> [Outcome] {
        var session: OutputSession
        do { session = try await OutputSession(definition, delivery, until: end) } catch {
            return notifications.map { _ in .failed("\(error)") }
        }
        let keys = notifications.map { definition.ledgerKey($0.notification.dedupeKey) }
        let originals = Self.firstPositions(of: keys)
        var outcomes = notifications.map { _ in Outcome.duplicate }
        let claimed = await claim(notifications, keys, originals, until: end, &outcomes)
        for bundle in bundles(of: claimed, for: session.output) {
            await deliver(bundle, in: &session, until: end, &outcomes)
        }
        for (position, original) in originals.enumerated() where original != position {
            if outcomes[original].failure != nil { outcomes[position] = outcomes[original] }
        }
        return outcomes
    }

    /// For each key the position where it comes first.
    ///
    /// The event can contain the same notification twice; the copy gets the result of the first.
    private static func firstPositions(of keys: [String]) -> [Int] {
        var first: [String: Int] = [:]
        return keys.enumerated().map { position, key in
            if let earlier = first[key] { return earlier }
            first[key] = position
            return position
        }
    }

    private func claim(
        _ notifications: [PendingNotification], _ keys: [String], _ originals: [Int], until end: Timestamp,
        _ outcomes: inout [Outcome]
    ) async -> [ClaimedNotification] {
        var claimed: [ClaimedNotification] = []
        for (position, pending) in notifications.enumerated() where originals[position] == position {
            switch await delivery.ledger.claim(keys[position], until: end) {
            case .claimed(let claim):
                claimed.append(ClaimedNotification(position: position, pending: pending, claim: claim))
            case .alreadySent: break
            case .heldByOther: outcomes[position] = .failed("another invocation is sending it now")
            }
        }
        return claimed
    }

    private func bundles(
        of claimed: [ClaimedNotification], for output: ChatOutput
    ) -> [ArraySlice<ClaimedNotification>] {
        Burst.bundles(
            of: claimed.map(\.pending), above: digestAbove ?? delivery.digestAbove, for: output,
            mayJoin: { claimed[$0].claim.sentParts == 0 }
        ).map { claimed[$0] }
    }

    /// Delivers one notification or a digest; of a digest that the service refuses, each half by itself.
    ///
    /// So only the notification that the service does not take fails, and not all that came with it.
    private func deliver(
        _ bundle: ArraySlice<ClaimedNotification>, in session: inout OutputSession, until end: Timestamp,
        _ outcomes: inout [Outcome]
    ) async {
        let progress = await session.deliver(bundle)
        guard progress.isRefusal, bundle.count > 1 else {
            return await settle(bundle, progress, until: end, &outcomes)
        }
        let middle = bundle.startIndex + bundle.count / 2
        await deliver(bundle[..<middle], in: &session, until: end, &outcomes)
        await deliver(bundle[middle...], in: &session, until: end, &outcomes)
    }

    private func settle(
        _ bundle: ArraySlice<ClaimedNotification>, _ progress: OutputSession.Progress, until end: Timestamp,
        _ outcomes: inout [Outcome]
    ) async {
        // A digest's message count cannot be mapped to its notifications, so a failed digest is resent as a whole.
        let sentParts = bundle.count == 1 ? progress.sentParts : 0
        let settlement: DeliveryLedger.Settlement = progress.failure == nil ? .sent : .partly(sentParts: sentParts)
        for notification in bundle {
            outcomes[notification.position] =
                progress.failure.map { progress.isRefusal ? .refused($0) : .failed($0) } ?? .sent
            await delivery.ledger.settle(notification.claim, settlement, until: end)
        }
    }
}

/// A notification for one output.
struct PendingNotification: Sendable {
    var notification: Notification
    var mentions: [Mention] = []
    /// The route that has led to the output.
    var place = RoutePlace()
    /// The key of the group that sends it; nil for what is sent by itself.
    var group: String?
}

/// What a route says of when a notification is sent.
struct RoutePlace: Sendable, Hashable {
    /// `routes[2]` or `default`.
    var name = "default"
    var grouping: Grouping?
    var windows: [MuteWindow] = []
}

/// A notification that the ledger has given to this invocation.
private struct ClaimedNotification: Sendable {
    /// Its position among the event's notifications for the output.
    let position: Int
    let pending: PendingNotification
    let claim: DeliveryClaim
}

/// The work for one output in one invocation.
private struct OutputSession {
    /// How far the sending of a notification came.
    struct Progress {
        /// How many of its messages have arrived.
        var sentParts: Int
        /// The first message, if it has arrived now and can be replied to.
        var reference: MessageReference?
        /// Why not all have arrived.
        var failure: String?
        /// Whether the service refuses what the notification says.
        var isRefusal = false
    }

    private(set) var output: ChatOutput

    private let definition: OutputDefinition
    private let delivery: DeliveryContext
    private let end: Timestamp
    private var secrets: [String: String]
    private var hasRenewedSecrets = false

    /// Fetches the secrets and makes the output.
    init(_ definition: OutputDefinition, _ delivery: DeliveryContext, until end: Timestamp) async throws {
        (self.definition, self.delivery, self.end) = (definition, delivery, end)
        secrets = try await delivery.secrets.values(of: definition.secrets, deadline: end)
        output = try definition.makeOutput(secrets: secrets)
    }

    /// Delivers one notification, or several as one message.
    mutating func deliver(_ bundle: ArraySlice<ClaimedNotification>) async -> Progress {
        let (notification, options) = Burst.content(of: bundle.map(\.pending), now: delivery.time.now())
        if let only = bundle.first, bundle.count == 1 {
            return await deliver(notification, options, only.claim, group: only.pending.group)
        }
        let progress = await send(notification, options, after: 0, threadKey: nil)
        if progress.failure == nil { await keepThreads(of: bundle.map(\.pending.notification), progress.reference) }
        return progress
    }

    /// Makes a digest the message that each incident in it began with; an OK in it ends its incident.
    private func keepThreads(of notifications: [Notification], _ digest: MessageReference?) async {
        // The severity with which each incident goes on; nil where it is over.
        var incidents: [String: Severity?] = [:]
        for notification in notifications {
            guard let incident = notification.incidentKey else { continue }
            let known = incidents[incident] ?? nil
            incidents[incident] =
                notification.severity == .ok
                ? .some(nil) : max(known ?? notification.severity, notification.severity)
        }
        for (incident, severity) in incidents {
            let key = definition.threadKey(of: incident)
            guard let severity else {
                await delivery.ledger.keep(nil, for: key)
                continue
            }
            guard var reference = digest else { continue }
            // As for a message of its own: only a more severe one has followers.
            if severity < .critical, let known = await delivery.ledger.thread(key), severity < known.severity {
                continue
            }
            // Without its content: an OK must not turn the whole list green.
            reference.content = .null
            await delivery.ledger.keep(IncidentThread(reference: reference, severity: severity), for: key)
        }
    }

    private mutating func deliver(
        _ notification: Notification, _ options: MessageOptions, _ claim: DeliveryClaim, group: String?
    ) async -> Progress {
        var options = options
        options.idempotencyKey = claim.key
        let threadKey = notification.incidentKey.map { definition.threadKey(of: $0) }
        if let threadKey { options.thread = await thread(for: notification, threadKey) }
        options.buttons = delivery.buttons(under: notification, definition, group: group)
        if output.kind.supportsImages, let graph = notification.graph {
            options.image = await delivery.graphs?.image(of: graph, until: end)
        }
        let progress = await send(notification, options, after: claim.sentParts, threadKey: threadKey)
        let endsIncident = options.thread != nil && notification.severity == .ok && progress.failure == nil
        if let threadKey, endsIncident { await delivery.ledger.keep(nil, for: threadKey) }
        return progress
    }

    /// The thread that a notification joins: only one that began with something more severe.
    ///
    /// A critical notification always starts its own thread, so that it is not hidden as a reply.
    private func thread(for notification: Notification, _ key: String) async -> MessageReference? {
        guard notification.severity < .critical, let thread = await delivery.ledger.thread(key),
            notification.severity < thread.severity
        else { return nil }
        return thread.reference
    }

    /// Sends the messages of a notification in order, and stops at the first that does not arrive.
    /// - Parameters:
    ///   - first: how many of them have arrived before.
    ///   - threadKey: what the first message is kept under, for those that answer it.
    private mutating func send(
        _ notification: Notification, _ options: MessageOptions, after first: Int, threadKey: String?
    ) async -> Progress {
        var sent = first
        var firstReference: MessageReference?
        var messages = output.messages(for: notification, options)
        while sent < messages.count {
            if let reason = await waitForRateLimit() {
                // What has to arrive has arrived: a colour or a graph is not worth a second delivery of the event.
                if messages[sent...].allSatisfy(\.isOptional) {
                    log(reason)
                    return Progress(sentParts: messages.count)
                }
                return Progress(sentParts: sent, failure: reason)
            }
            switch await delivery.sender.send(messages[sent], by: output, until: end) {
            case .delivered(let reference, let followUp):
                if sent == 0 { firstReference = reference }
                if let threadKey, options.thread == nil, sent == 0 {
                    await beginThread(reference, notification, threadKey)
                }
                if let buttons = options.buttons, sent == 0 { await keepAlarm(notification, reference, buttons.group) }
                if let followUp { await sendFollowUp(followUp) }
            case .failed(let failure):
                if let notBefore = failure.notBefore { delivery.rateLimits[definition.name] = notBefore }
                if failure.isUnauthorized, await renewSecrets() {
                    messages = output.messages(for: notification, options)
                    continue
                }
                guard messages[sent].isOptional else {
                    return Progress(sentParts: sent, failure: failure.reason, isRefusal: failure.isRefusal)
                }
                log(failure.reason)
            }
            sent += 1
        }
        return Progress(sentParts: sent, reference: firstReference)
    }

    /// Keeps the message that later ones of the incident answer; an OK begins no incident.
    private func beginThread(_ reference: MessageReference?, _ notification: Notification, _ key: String) async {
        guard let reference, notification.severity > .ok else { return }
        let thread = IncidentThread(reference: reference, severity: notification.severity)
        await delivery.ledger.keep(thread, for: key)
    }

    /// Keeps an alarm that was sent with buttons, so that it can be acted upon.
    private func keepAlarm(_ notification: Notification, _ reference: MessageReference?, _ group: String?) async {
        // Without content the buttons were refused with the rest of the layout.
        guard let incident = notification.incidentKey, let reference, reference.content != .null else { return }
        let alarm = SentAlarm(
            notification, incident: incident, output: definition.name, group: group, message: reference,
            at: delivery.time.now())
        await delivery.buttons?.keep(alarm, until: end)
    }

    private func sendFollowUp(_ message: OutboundMessage) async {
        if case .failed(let failure) = await delivery.sender.send(message, by: output, until: end) {
            log(failure.reason)
        }
    }

    private func log(_ reason: String) {
        InvocationContext.current?.logger.warning(
            "optional message not sent", metadata: ["output": "\(definition.name)", "reason": "\(reason)"]
        )
    }

    /// Waits until the service may be called again.
    /// - Returns: why there is no point in sending in this invocation.
    private func waitForRateLimit() async -> String? {
        let now = delivery.time.now()
        if now + SendingState.shortestAttempt > end { return "not sent: no time left in this invocation" }
        guard let limit = delivery.rateLimits[definition.name], limit > now else { return nil }
        if limit + SendingState.shortestAttempt > end {
            return "not sent: the service asked to wait until \(limit.timeOfDay), which is after this invocation ends"
        }
        do { try await delivery.time.sleep(limit - now) } catch { return "not sent: the invocation was cancelled" }
        return nil
    }

    /// Fetches the secrets again, once for each session: they may have been changed since.
    /// - Returns: whether they have changed.
    private mutating func renewSecrets() async -> Bool {
        guard !hasRenewedSecrets else { return false }
        hasRenewedSecrets = true
        delivery.secrets.expire(definition.secrets.values)
        guard let secrets = try? await delivery.secrets.values(of: definition.secrets, deadline: end),
            secrets != self.secrets, let output = try? definition.makeOutput(secrets: secrets)
        else { return false }
        (self.secrets, self.output) = (secrets, output)
        return true
    }
}

/// What the deliveries to all outputs share.
struct DeliveryContext: Sendable {
    let secrets: SecretCache
    let sender: MessageSender
    let ledger: DeliveryLedger
    /// `nil` when no graphs are wanted.
    let graphs: GraphSource?
    /// Alarms that can be acted upon; `nil` where there is no place for them.
    var buttons: ButtonStore?
    let time: TimeSource
    /// More notifications than this for one output become a digest; 0 for never.
    let digestAbove: Int
    let rateLimits = RateLimits()
}

/// The message that an incident began with.
struct IncidentThread: Sendable, Hashable {
    let reference: MessageReference
    /// The severity that the incident began with.
    let severity: Severity

    init(reference: MessageReference, severity: Severity) { (self.reference, self.severity) = (reference, severity) }

    /// The stored form.
    var json: JSONValue { ["severity": .string(severity.rawValue), "reference": reference.json] }

    /// Reads the stored form.
    init?(_ json: JSONValue) {
        guard let severity = json["severity"]?.stringValue.flatMap(Severity.init(rawValue:)),
            let reference = json["reference"].flatMap({ MessageReference($0) })
        else { return nil }
        self.init(reference: reference, severity: severity)
    }
}
