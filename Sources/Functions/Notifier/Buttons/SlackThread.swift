import Basics
import ConfigurationSources
import FunctionRuntime
import JSON
import Logging

/// Sends requests of Slack's Web API for an output, until a time.
struct SlackCaller: Sendable {
    private let output: OutputDefinition
    private let delivery: DeliveryContext
    private let end: Timestamp

    init(_ output: OutputDefinition, _ delivery: DeliveryContext, until end: Timestamp) {
        (self.output, self.delivery, self.end) = (output, delivery, end)
    }

    /// - Returns: why it has not arrived; nil when it has.
    func send(_ method: String, _ body: @Sendable () -> JSONObject) async -> String? {
        await send { api in api.call(method, body()) }
    }

    /// - Returns: why it has not arrived; nil when it has.
    func send(_ message: @Sendable (SlackAPI) -> OutboundMessage) async -> String? {
        do {
            let secrets = try await delivery.secrets.values(of: output.secrets, deadline: end)
            let chat = try output.makeOutput(secrets: secrets)
            var request = message(SlackAPI(output, secrets: secrets))
            // What Slack says of it does not matter here, and an upload goes on from step to step.
            request.isOptional = true
            guard case .failed(let failure) = await delivery.sender.send(request, by: chat, until: end) else {
                return nil
            }
            return failure.reason
        } catch {
            return "\(error)"
        }
    }
}

/// An alarm's message in Slack and the thread below it: shows what people have done.
struct SlackThread: Sendable {
    private let alarm: SentAlarm
    private let output: OutputDefinition
    private let delivery: DeliveryContext
    private let end: Timestamp
    private let caller: SlackCaller

    init(_ alarm: SentAlarm, _ output: OutputDefinition, _ delivery: DeliveryContext, until end: Timestamp) {
        (self.alarm, self.output, self.delivery, self.end) = (alarm, output, delivery, end)
        caller = SlackCaller(output, delivery, until: end)
    }

    /// Shows in the message and tells in its thread what somebody has done.
    func announce(_ action: AlarmAction, _ deed: SentAlarm.Deed) async {
        let text = AlarmButtons.announcement(action, deed)
        async let isUpdated: Void = update()
        let reason = await caller.send("chat.postMessage") {
            [
                "channel": .string(alarm.message.channel), "thread_ts": .string(alarm.message.id),
                "text": .string(text), "mrkdwn": false, "unfurl_links": false,
            ]
        }
        if let reason { log(reason) }
        await isUpdated
    }

    /// Shows in the message what people have done.
    func update() async {
        guard let content = alarm.buttons.applied(to: alarm.message.content), let members = content.objectValue else {
            return
        }
        let place: JSONObject = ["channel": .string(alarm.message.channel), "ts": .string(alarm.message.id)]
        if let reason = await caller.send("chat.update", { place.merging(members) }) { log(reason) }
        // The end of the alarm will colour this content.
        let key = output.threadKey(of: alarm.incident)
        if let thread = await delivery.ledger.thread(key), thread.reference.id == alarm.message.id {
            var reference = thread.reference
            reference.content = content
            await delivery.ledger.keep(IncidentThread(reference: reference, severity: thread.severity), for: key)
        }
    }

    /// Puts the alarm's graph into the thread.
    /// - Returns: whether it is there.
    func showGraph(askedForBy user: SlackUser) async -> Bool {
        guard let graph = alarm.graph, let image = await delivery.graphs?.image(of: graph, until: end, share: 0.5)
        else {
            return false
        }
        let title = "\(alarm.title.cut(150)), for \(user.name)"
        let reason = await caller.send { api in
            api.upload(image, named: title, channel: alarm.message.channel, thread: alarm.message.id)
        }
        if let reason { log(reason) }
        return reason == nil
    }

    private func log(_ reason: String) {
        InvocationContext.current?.logger.warning(
            "what was pressed is not shown in Slack", metadata: ["output": "\(output.name)", "reason": "\(reason)"])
    }
}
