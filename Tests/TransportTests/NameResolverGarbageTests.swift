import TestSupport
import Testing
import Transport

/// Malformed answers of a name server: no crash, no hang, and no address.
@Suite struct NameResolverGarbageTests {
    struct Garbage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: TransportError.Code
        var make: @Sendable ([UInt8]) -> [UInt8]

        init(
            _ name: String, _ code: TransportError.Code = .nameNotResolved,
            _ make: @escaping @Sendable (_ query: [UInt8]) -> [UInt8]
        ) {
            (testDescription, self.code, self.make) = (name, code, make)
        }

        /// A valid header for one record, and these bytes after the question.
        static func record(_ query: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
            query.prefix(2) + [0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + query.dropFirst(12) + bytes
        }
    }

    static let garbage = [
        Garbage("nothing in the packet", .timedOut) { _ in [] },
        Garbage("less than a head", .timedOut) { Array($0.prefix(3)) },
        Garbage("noise", .timedOut) { _ in Array(repeating: 0xA5, count: 512) },
        Garbage("another number", .timedOut) { [$0[0] ^ 0xFF] + $0.dropFirst() },
        Garbage("another question", .timedOut) { query in
            var answer = query
            answer[13] ^= 1
            return answer
        },
        Garbage("the question itself") { $0 },
        Garbage("a record that is missing") { Garbage.record($0, []) },
        Garbage("a record cut off") {
            Garbage.record($0, [0xC0, 12, 0, $0[$0.count - 3], 0, 1, 0, 0, 0, 60, 0, 16, 1])
        },
        Garbage("a name that points to itself") { Garbage.record($0, [0xC0, UInt8($0.count), 0, 1, 0, 1]) },
        Garbage("a name that points outside") { Garbage.record($0, [0xFF, 0xFF, 0, 1, 0, 1]) },
        Garbage("an address of no length") {
            Garbage.record($0, [0xC0, 12, 0, $0[$0.count - 3], 0, 1, 0, 0, 0, 60, 0, 0])
        },
    ]

    @Test(arguments: garbage)
    func malformedAnswersGiveNoAddress(garbage: Garbage) async throws {
        let server = try NameServer { _ in .bytes(garbage.make) }
        let servers = [try server.address]
        let error = try await withLoop { loop in
            await #expect(throws: TransportError.self) {
                try await NameResolver(loop: loop, servers: servers)
                    .addresses(of: "bad.test", port: 80, timeout: .milliseconds(400))
            }
        }
        #expect(error?.code == garbage.code, "\(String(describing: error))")
        #expect(!server.questions.isEmpty)
    }

    /// Valid answers with a few bytes changed give addresses or an error, and never crash.
    @Test func damagedAnswersEndEveryLookUp() async throws {
        let server = try NameServer { question in
            .bytes { query in
                var seed = UInt64(question.name.prefix { $0 != "." }) ?? 0
                func next(_ bound: Int) -> Int {
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Int((seed >> 33) % UInt64(bound))
                }
                var answer = Garbage.record(query, [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])
                for _ in 0..<4 { answer[2 + next(answer.count - 2)] = UInt8(next(256)) }
                return Array(answer.prefix(answer.count - next(4)))
            }
        }
        let servers = [try server.address]
        let ended = try await withLoop { loop in
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        do {
                            return try await !NameResolver(loop: loop, servers: servers)
                                .addresses(of: "\(number).test", port: 80, timeout: .milliseconds(400)).isEmpty
                        } catch {
                            return error is TransportError
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
        }
        #expect(ended == 300)
    }
}
