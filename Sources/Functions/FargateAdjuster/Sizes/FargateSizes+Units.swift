public import Basics
public import JSON

/// From vCPU and GiB, as settings have them, to CPU units and MiB, as ECS has them, and back.
extension FargateSizes {
    /// The CPU units of a number of vCPU, or of its text.
    /// - Throws: ``AdjusterError`` `invalidInput` for what is no positive number of whole units.
    public static func cpuUnits(_ value: JSONValue) throws(AdjusterError) -> Int {
        try units(value, setting: "cpu", unit: "vCPU", small: "CPU units", example: "0.5 or 2")
    }

    /// The MiB of a number of GiB, or of its text.
    /// - Throws: ``AdjusterError`` `invalidInput` for what is no positive number of whole MiB.
    public static func memoryMiB(_ value: JSONValue) throws(AdjusterError) -> Int {
        try units(value, setting: "memory", unit: "GiB", small: "MiB", example: "0.5 or 2")
    }

    private static func units(
        _ value: JSONValue, setting: String, unit: String, small: String, example: String
    ) throws(AdjusterError) -> Int {
        guard let number = SettingRule.number(value), number > 0, number <= 1_000_000 else {
            throw AdjusterError(
                .invalidInput, "\(setting) is \(value), expected a number of \(unit) such as \(example)")
        }
        // The original cuts 307.2 to 307, which is a value that nobody asked for.
        guard let units = Int(exactly: number * 1_024) else {
            throw AdjusterError(
                .invalidInput,
                "\(setting) is \(value) \(unit), which is \(SettingRule.text(of: number * 1_024)) \(small): "
                    + "expected a whole number of them, such as \(example) \(unit)")
        }
        return units
    }

    /// vCPU or GiB of units or MiB, without a fraction that is zero: 1536 is `1.5`.
    static func number(ofUnits units: Int) -> JSONValue {
        units.isMultiple(of: 1_024) ? JSONValue(units / 1_024) : .double(Double(units) / 1_024)
    }

    /// For people: `0.5 vCPU`.
    public static func text(cpu units: Int) -> String { "\(number(ofUnits: units)) vCPU" }

    /// For people: `1.5 GiB`.
    public static func text(memory mebibytes: Int) -> String { "\(number(ofUnits: mebibytes)) GiB" }
}
