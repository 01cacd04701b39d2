import Glibc
import Testing

@testable import Transport

@Suite struct ICMPEchoTests {
    /// The duration of a ping; nil where this machine permits none, which the error must say.
    private static func roundTrip(_ ip: String, timeout: Duration = .seconds(30)) async throws -> Duration? {
        let address = try #require(SocketAddress(ip: ip, port: 0))
        do {
            return try await withLoop { try await ICMPEcho.roundTrip(to: address, on: $0, timeout: timeout) }
        } catch let error as TransportError where error.code == .notPermitted {
            #expect(error.message.contains("net.ipv4.ping_group_range"))
            #expect(error.message.contains("CAP_NET_RAW"))
            return nil
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"]) func pingsThisMachine(ip: String) async throws {
        guard let time = try await Self.roundTrip(ip) else { return }
        #expect(time > .zero && time < .seconds(30))
    }

    @Test func manyAtOnceFindTheirOwnReplies() async throws {
        guard try await Self.roundTrip("127.0.0.1") != nil else { return }
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        let answers = try await withLoop { loop in
            try await withThrowingTaskGroup(of: Duration.self) { group in
                for _ in 0..<50 { group.addTask { try await ICMPEcho.roundTrip(to: address, on: loop) } }
                return try await group.reduce(into: 0) { count, _ in count += 1 }
            }
        }
        #expect(answers == 50)
    }

    @Test(arguments: [false, true]) func knowsItsOwnReply(isIPv6: Bool) {
        let message = EchoMessage(isIPv6: isIPv6)
        var reply = message.request
        #expect(!message.isAnswered(by: reply, isRaw: false), "its own request, which loopback shows to raw sockets")
        reply[0] = isIPv6 ? 129 : 0
        #expect(message.isAnswered(by: reply, isRaw: false))
        #expect(!EchoMessage(isIPv6: isIPv6).isAnswered(by: reply, isRaw: false))
        #expect(!message.isAnswered(by: Array(reply.dropLast()), isRaw: false))
        #expect(!message.isAnswered(by: [], isRaw: true))
        let header = isIPv6 ? [] : [0x46] + [UInt8](repeating: 0, count: 23)
        #expect(message.isAnswered(by: header + reply, isRaw: true))
    }

    @Test(
        arguments: [
            ([], 0xFFFF), ([0, 0], 0xFFFF), ([0xFF, 0xFF], 0), ([8, 0, 0, 0, 0, 1, 0, 1], 0xF7FD),
            ([UInt8](repeating: 0xFF, count: 64), 0),
        ] as [([UInt8], UInt16)])
    func checksums(bytes: [UInt8], sum: UInt16) {
        #expect(EchoMessage.checksum(bytes) == sum)
    }
}
