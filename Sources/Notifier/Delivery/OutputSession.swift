import FunctionRuntime
import JSON
import Logging
import Transport

/// The work for one output in one invocation.
struct OutputSession {
    private(set) var output: any ChatOutput

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
        if output.takesImages, let graph = notification.graph {
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
            case .delivered(let reference, let adornment):
                if let reference, let threadKey, options.thread == nil, sent == 0, notification.severity > .ok {
                    let thread = IncidentThread(reference: reference, severity: notification.severity)
                    await delivery.ledger.keep(thread, for: threadKey)
                }
                if let adornment { await sendExtra(adornment) }
            case .failed(let failure):
                if let notBefore = failure.notBefore { delivery.pauses[definition.name] = notBefore }
                if failure.isUnauthorized, await renewSecrets() {
                    messages = output.messages(for: notification, options)
                    continue
                }
                guard messages[sent].importance == .extra else { return (sent, failure.reason) }
                report(failure)
            case .send, .wait: return (sent, "the sender ended too early")
            }
            sent += 1
        }
        return (sent, nil)
    }

    private func sendExtra(_ message: OutboundMessage) async {
        if case .failed(let failure) = await delivery.sender.send(message, by: output, until: end) { report(failure) }
    }

    private func report(_ failure: SendingState.Failure) {
        InvocationContext.current?.logger.warning(
            "adornment not sent", metadata: ["output": "\(definition.name)", "reason": "\(failure.reason)"]
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
