import Foundation
import Testing
import TestSupport

@testable import SLARunner

@Suite struct OutputLogTests {
    private func limits(memory: Int = 10, total: Int = 100, tail: Int = 4, folder: String = "/tmp") -> OutputLog.Limits
    {
        var limits = OutputLog.Limits(folder: folder)
        (limits.memory, limits.total, limits.tail) = (memory, total, tail)
        return limits
    }

    private func filled(_ limits: OutputLog.Limits, count: Int, step: Int) -> OutputLog {
        let log = OutputLog(limits: limits)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        for start in stride(from: 0, to: count, by: step) {
            bytes[start..<min(start + step, count)].withUnsafeBytes(log.append)
        }
        return log
    }

    private func pieces(_ log: OutputLog) -> [[UInt8]] { (0..<log.pieceCount).map(log.piece) }

    /// Counts around the size of a piece and around the total, written in pieces of several sizes.
    @Test(arguments: [0, 1, 9, 10, 11, 20, 21, 99, 100], [1, 3, 10, 64])
    func keepsEverything(count: Int, step: Int) {
        let pieces = pieces(filled(limits(), count: count, step: step))
        #expect(pieces.flatMap { $0 } == (0..<count).map(UInt8.init))
        #expect(pieces.dropLast().allSatisfy { $0.count == 10 })
        #expect(pieces.count == max(1, (count + 9) / 10))
    }

    @Test(arguments: [
        // All of the rest fits the tail, then one byte less.
        (104, "", 100...103), (105, "\n[sla-runner: 1 bytes left out here]\n", 101...104),
        (200, "\n[sla-runner: 96 bytes left out here]\n", 196...199),
    ])
    func leavesOutTheMiddle(count: Int, note: String, tail: ClosedRange<Int>) {
        for step in [1, 7, 200] {
            let bytes = pieces(filled(limits(), count: count, step: step)).flatMap { $0 }
            #expect(bytes == (0..<100).map(UInt8.init) + Array(note.utf8) + tail.map(UInt8.init))
        }
    }

    @Test func worksWithoutADisk() {
        let bytes = pieces(filled(limits(folder: "/proc/nowhere"), count: 50, step: 10)).flatMap { $0 }
        #expect(bytes == (0..<10).map(UInt8.init) + Array("\n[sla-runner: 36 bytes left out here]\n".utf8) + (46..<50))
    }

    @Test func leavesNoFile() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let log = filled(limits(folder: folder.path), count: 100, step: 10)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files.isEmpty)
            #expect(log.piece(9).count == 10)
        }
    }
}
