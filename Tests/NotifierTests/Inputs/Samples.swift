import Basics
import Foundation
import JSON
import TestSupport

/// The captured events of `Samples`, each with the transcript of what is read in it.
enum Samples {
    static let folder = Workspace.root.appending(path: "Tests/NotifierTests/Samples")

    /// The time of messages that tell none.
    static let receivedAt = Timestamp(iso8601: "2026-11-20T12:00:00Z") ?? Timestamp(microseconds: 0)

    /// Every sample, by name.
    static let all: [InputSample] = {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.compactMap { file in
            (try? Data(contentsOf: file)).map {
                InputSample(name: file.deletingPathExtension().lastPathComponent, event: [UInt8]($0))
            }
        }
    }()

    /// The sample of that name; an empty event when there is none.
    static func named(_ name: String) -> InputSample {
        all.first { $0.name == name } ?? InputSample(name: "no sample \(name)", event: [])
    }
}
