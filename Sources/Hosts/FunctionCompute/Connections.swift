import NIOConcurrencyHelpers
import NIOCore

/// The connections that are open.
final class Connections: Sendable {
    private let channels = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLockedValue { $0[id] = channel }
        channel.closeFuture.whenComplete { [channels] _ in channels.withLockedValue { $0[id] = nil } }
    }

    /// Ends idle connections now and the others behind the answer that they wait for; returns when all have ended.
    func finish() async {
        for channel in all {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        for channel in all { try? await channel.closeFuture.get() }
    }

    func closeAll() {
        for channel in all { channel.close(promise: nil) }
    }

    private var all: [any Channel] { channels.withLockedValue { Array($0.values) } }
}
