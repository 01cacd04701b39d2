import Foundation
import TestSupport
import Testing

@testable import LocalCloud

/// What `LocalCloud` does itself because Foundation would be most of `tocsin`.
struct FilesTests {
    @Test func filesAreReadCompletely() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "large").path
            let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try content.write(to: URL(filePath: file))
            #expect(try Files.read(file) == [UInt8](content))
            #expect(throws: (any Error).self) { try Files.read(file + "x") }
        }
    }

    @Test func temporaryFoldersAreRemovedWithTheirContent() async throws {
        try await Workspace.withTemporaryFolder { parent in
            let outside = parent.appending(path: "outside").path
            try Data().write(to: URL(filePath: outside))
            try await Files.withTemporaryFolder(in: parent.path) { folder in
                #expect(Files.names(in: folder) == [])
                try FileManager.default.createDirectory(atPath: folder + "/a/b", withIntermediateDirectories: true)
                try Data().write(to: URL(filePath: folder + "/a/b/c"))
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/a/link", withDestinationPath: parent.path)
                #expect(Files.names(in: folder + "/a").sorted() == ["b", "link"])
            }
            #expect(Files.names(in: parent.path) == ["outside"], "the link's target stays")
        }
    }

    @Test("the folder of a process that was killed is removed by the next one; one in use, or of others, stays")
    func abandonedFoldersAreRemoved() async throws {
        try await Workspace.withTemporaryFolder { parent in
            let foreign = parent.appending(path: "tocsin-ABCDEF").path
            let abandoned = parent.appending(path: "tocsin-function-ABCDEF").path
            let linked = parent.appending(path: "tocsin-function-GHIJKL").path
            for folder in [foreign, abandoned] {
                try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(atPath: linked, withDestinationPath: foreign)
            try await Files.withTemporaryFolder(in: parent.path) { used in
                try await Files.withTemporaryFolder(in: parent.path) { other in
                    let names = [used, other, foreign, linked].map { String($0.split(separator: "/").last ?? "") }
                    #expect(Set(Files.names(in: parent.path)) == Set(names))
                    #expect(Set(names).count == 4)
                }
            }
            #expect(Files.names(in: foreign) == ["a"])
        }
    }

    @Test(arguments: [("/a/b", "/a/b"), ("b", Files.workingDirectory + "/b")])
    func relativePathsBeginInTheWorkingDirectory(path: String, absolute: String) {
        #expect(Files.absolute(path) == absolute)
    }

    @Test func identifiersAreUUIDs() {
        let identifiers = (0..<100).map { _ in String.randomUUID() }
        #expect(Set(identifiers).count == 100)
        for identifier in identifiers {
            let uuid = UUID(uuidString: identifier)
            #expect(uuid?.uuidString.lowercased() == identifier)
            #expect(uuid.map { $0.uuid.6 >> 4 } == 4, "version 4")
            #expect(uuid.map { $0.uuid.8 >> 6 } == 2, "the variant of RFC 9562")
        }
    }
}
