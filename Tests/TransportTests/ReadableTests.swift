import Glibc
import Testing
import Transport

/// Waiting for descriptors that belong to somebody else.
@Suite(.timeLimit(.minutes(1))) struct ReadableTests {
    private let loop: EventLoop
    private let reader: Int32
    private let writer: Int32

    init() throws {
        loop = try EventLoop.onOwnThread()
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
    }

    private func readNow() -> Bool {
        var request = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    @Test("a wait ends when there is something to read, and again while it has not been read")
    func data() async throws {
        defer { close(reader); close(writer) }
        write(writer, "x", 1)
        try await loop.readable([reader])
        try await loop.readable([reader])
        #expect(readNow())
    }

    @Test("a wait ends when the other end is closed, whichever of the descriptors it is")
    func end() async throws {
        defer { close(reader) }
        var others: [Int32] = [-1, -1]
        try #require(pipe(&others) == 0)
        defer { for other in others { close(other) } }
        close(writer)
        try await loop.readable([others[0], reader])
        #expect(readNow())
    }

    @Test("a wait ends with its time, and with its task")
    func limits() async throws {
        defer { close(reader); close(writer) }
        try await loop.readable([reader], timeout: .milliseconds(1))
        #expect(!readNow())
        let task = Task { [loop, reader] in try await loop.readable([reader]) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a regular file cannot be waited for")
    func file() async throws {
        let file = open("/etc/hosts", O_RDONLY)
        defer { for descriptor in [reader, writer, file] { close(descriptor) } }
        let error = await #expect(throws: TransportError.self) { try await loop.readable([file]) }
        #expect(error?.code == .system)
    }
}
