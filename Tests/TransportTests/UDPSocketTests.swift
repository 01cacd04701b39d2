import TestSupport
import Testing
import Transport

@Suite struct UDPSocketTests {
    @Test func sendsAndReceivesDatagrams() async throws {
        let server = try NameServer { _ in .bytes { Array($0.reversed()) } }
        let address = try server.address
        // A DNS question, so that the test's name server answers.
        let query = [UInt8](repeating: 0, count: 12) + [1, 97, 0, 0, 1, 0, 1]
        try await withLoop { loop in
            let socket = try await UDPSocket.connect(to: address, on: loop)
            for _ in 0..<3 {
                try await socket.send(query)
                #expect(try await socket.receive() == query.reversed())
            }
            try await socket.send(query)
            #expect(try await socket.receive(atMost: 4) == Array(query.reversed().prefix(4)))
        }
    }

    @Test func aClosedPortIsReported() async throws {
        let server = try NameServer([:])
        let address = try server.address
        server.stop()
        try await withLoop { loop in
            let socket = try await UDPSocket.connect(to: address, on: loop)
            try await socket.send([1])
            let error = await #expect(throws: TransportError.self) { try await socket.receive(timeout: .seconds(30)) }
            #expect(error?.code == .connectionClosed)
            #expect(error?.message == "receive from udp \(address): Connection refused")
        }
    }

    @Test func silenceTimesOut() async throws {
        let server = try NameServer { _ in .silence }
        let address = try server.address
        try await withLoop { loop in
            let socket = try await UDPSocket.connect(to: address, on: loop)
            try await socket.send([1])
            let error = await #expect(throws: TransportError.self) {
                try await socket.receive(timeout: .milliseconds(20))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.message == "receive from udp \(address) timed out after 20 ms")
        }
    }

    @Test func waitingCanBeCancelledAndClosed() async throws {
        let server = try NameServer { _ in .silence }
        let address = try server.address
        try await withLoop { loop in
            let socket = try await UDPSocket.connect(to: address, on: loop)
            let reading = Task { try await socket.receive() }
            for _ in 0..<100 { await Task.yield() }
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
            let again = Task { try await socket.receive() }
            for _ in 0..<100 { await Task.yield() }
            socket.close()
            let error = await #expect(throws: TransportError.self) { try await again.value }
            #expect(error?.code == .connectionClosed)
        }
    }

    @Test func tooLargeADatagramIsAnError() async throws {
        let address = try NameServer([:]).address
        try await withLoop { loop in
            let socket = try await UDPSocket.connect(to: address, on: loop)
            let error = await #expect(throws: TransportError.self) {
                try await socket.send([UInt8](repeating: 0, count: 70_000))
            }
            #expect(error?.message == "send to udp \(address): Message too long")
        }
    }
}
