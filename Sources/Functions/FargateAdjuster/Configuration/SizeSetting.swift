import JSON

/// What is particular about `cpu` and `mem`.
struct SizeSetting {
    /// Before `config` in the original's messages.
    let label: String
    /// Before `setting` in the original's messages.
    let noun: String
    /// The only unit.
    let unit: String
    /// The smallest and largest value that Fargate has.
    let limits: ClosedRange<Double>
    /// All values that Fargate has with some other one.
    let values: [Double]
    /// The bounds and values where the file has none: the original's.
    ///
    /// Larger sizes must be asked for, so that no optimiser tries 32 vCPU on its own.
    let defaultLimits: ClosedRange<Double>
    /// The step where the file has none.
    let step: Double

    /// The values where the file has none, in ascending order: the original's order is random.
    var defaultValues: [String] {
        values.filter { defaultLimits.contains($0) }.map { SettingRule.text(of: $0) }
    }

    /// In vCPU.
    static let cpu = SizeSetting(
        label: "cpu", noun: "cpu", unit: "vCPU", limits: 0.25...32,
        values: FargateSizes.cpus.map { Double($0) / 1_024 }, defaultLimits: 0.25...4, step: 0.25)
    /// In GiB.
    static let memory = SizeSetting(
        label: "mem", noun: "memory", unit: "GiB", limits: 0.5...244,
        values: FargateSizes.memories.map { Double($0) / 1_024 }, defaultLimits: 0.5...30, step: 0.5)
}
