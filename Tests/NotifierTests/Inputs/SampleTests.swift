import Testing

@testable import Notifier

/// Every sample against the files beside it: what is read in it, and what Slack is sent.
@Suite struct SampleTests {
    @Test(arguments: Samples.all)
    func transcript(sample: InputSample) throws {
        try Recording.expect(sample.incoming.transcript, at: "Samples/\(sample.name).txt")
    }

    @Test(arguments: Samples.all)
    func slackMessages(sample: InputSample) throws {
        let bodies = try sample.bodies(SampleOutput["slack"])
        try Recording.expect(bodies, at: "Samples/\(sample.name).slack.txt")
    }

    @Test func samplesAreThere() {
        #expect(Samples.all.count > 60)
    }
}
