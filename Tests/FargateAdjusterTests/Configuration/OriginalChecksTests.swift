import Basics
import FargateAdjuster
import JSON
import Testing

/// The faults of `config.yaml` beside those of the original.
@Suite struct OriginalChecksTests {
    /// What the original refuses and we accept: sizes that are newer, and numbers for texts.
    private static let accepted: Set<String> = [
        "enum cpu values: [0.5]", "enum cpu values: ['8']", "enum cpu values: ['1.0']", "enum mem values: [2]",
        "enum mem values: ['60']", "range cpu max: 8", "range mem max: 64",
    ]

    /// Where we have another number than the original in the same sentence.
    private static let newer = [
        "value (4) for fargate": "value (32) for fargate", "value (30) for fargate": "value (244) for fargate",
        " (NOTE: values must be str)": "",
    ]

    private static let samples = OriginalSample.all("original-checks.json")

    private func message(_ sample: OriginalSample) -> String? {
        do throws(AdjusterError) {
            _ = try sample.configuration()
            return nil
        } catch { return error.message }
    }

    @Test func samplesAreThere() {
        #expect(Self.samples.count == 113)
        #expect(Self.samples.filter(\.isRefused).count == 97)
    }

    @Test(arguments: samples.filter { $0.isRefused && !accepted.contains($0.name) })
    func sameSentence(_ sample: OriginalSample) throws {
        var expected = try #require(sample.error)
        for (old, new) in Self.newer where expected.contains(old) {
            expected = expected.replacing(old, with: new)
        }
        let message = try #require(self.message(sample), "accepted")
        #expect(message.contains(expected))
        #expect(message.hasPrefix("config.yaml: line "))
    }

    @Test(arguments: samples.filter { $0.error == nil || accepted.contains($0.name) })
    func accepts(_ sample: OriginalSample) {
        #expect(message(sample) == nil)
    }

    /// Python's own errors say nothing to a user.
    @Test(arguments: [
        ("fargate number", "Expected dict, found int"), ("fargate flag", "Expected dict, found bool"),
    ])
    func mended(_ name: String, _ expected: String) throws {
        let sample = try #require(Self.samples.first { $0.name == name })
        #expect(sample.errorClass == "TypeError")
        #expect(message(sample)?.contains(expected) == true)
    }

    @Test func textForANumberIsReadAsIt() throws {
        let sample = try #require(Self.samples.first { $0.name == "range cpu min: '1'" })
        #expect(sample.errorClass == "TypeError")
        let rule = try #require(try sample.configuration().component("web")?.cpu)
        #expect(rule.values == .range(minimum: 1, maximum: 4, step: 0.25))
        #expect(rule.entry["min"] == 1)
    }
}
