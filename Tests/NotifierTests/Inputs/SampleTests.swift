import Foundation
import JSON
import TestSupport
import Testing

@testable import Notifier

@Suite struct SampleTests {
    /// Every sample against the transcript beside it; `RECORD_TRANSCRIPTS=1` writes those that are to be read again.
    @Test(arguments: Samples.all)
    func transcript(sample: InputSample) throws {
        let file = Samples.folder.appending(path: sample.name + ".txt")
        let transcript = sample.incoming.transcript
        if ProcessInfo.processInfo.environment["RECORD_TRANSCRIPTS"] != nil {
            try Data(transcript.utf8).write(to: file)
        }
        #expect(transcript == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test func samplesAreThere() {
        #expect(Samples.all.count > 60)
    }
}
