import { createHmac } from "node:crypto";
import { expect } from "chai";
import { hashesOf, MAX_SUBJECTS, subjectOf, subjectsOfCsv } from "../../../../automation/privacy/subject";

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("persons of an erasure", () => {
  it("are trimmed; addresses are compared in lower case, each once", () => {
    expect(subjectOf(" U-1 ", ["B@x.org", " a@X.org", "b@x.org"])).to.deep.equal({
      userId: "U-1",
      emails: ["a@x.org", "b@x.org"],
    });
  });

  it("are found by the address too where a producer uses it as the id", () => {
    expect(subjectOf("Ann@Example.org")).to.deep.equal({ userId: "ann@example.org", emails: ["ann@example.org"] });
  });

  it("are refused with the value and the rule", () => {
    expect(refusal(() => subjectOf("  "))).to.contain('The user id "  " is empty');
    expect(refusal(() => subjectOf("a\u0000b"))).to.contain('"a\\u0000b" has control characters');
    expect(refusal(() => subjectOf("x".repeat(1025)))).to.contain("has more than 1024 characters");
    expect(refusal(() => subjectOf("u", ["not an address"]))).to.contain('"not an address" is no e-mail address');
  });

  it("come from a CSV file, whose rows of one id are one person", () => {
    const text = '\ufeffuser_id,Email\nu-1,a@x.org\n"u,2",\n\nu-1,b@x.org; c@x.org\n';
    expect(subjectsOfCsv(text)).to.deep.equal([
      { userId: "u-1", emails: ["a@x.org", "b@x.org", "c@x.org"] },
      { userId: "u,2", emails: [] },
    ]);
  });

  it("say what is wrong with a file, and in which line", () => {
    expect(refusal(() => subjectsOfCsv("id\nu-1\n"))).to.contain("has the columns id");
    expect(refusal(() => subjectsOfCsv("user_id,note\nu-1,x\n"))).to.contain("has the columns user_id, note");
    expect(refusal(() => subjectsOfCsv("user_id,email\nu-1,\nu-2,nope\n"))).to.contain('Line 3: The e-mail "nope"');
    expect(refusal(() => subjectsOfCsv("user_id,email\nu-1\n"))).to.contain("The file is no CSV");
    expect(refusal(() => subjectsOfCsv("user_id\n"))).to.contain("The file names 0 persons");
    const many = ["user_id", ...Array.from({ length: MAX_SUBJECTS + 1 }, (_, index) => `u-${String(index)}`)];
    expect(refusal(() => subjectsOfCsv(many.join("\n")))).to.contain("1001 persons; a batch has 1 to 1000");
  });

  it("are known by keyed hashes, of id and address apart", () => {
    const key = "k".repeat(64);
    const hash = (text: string): string => createHmac("sha256", key).update(text).digest("hex");
    expect(hashesOf(key, subjectOf("ann@x.org", ["b@x.org"]))).to.deep.equal({
      user: hash("user:ann@x.org"),
      emails: [hash("email:ann@x.org"), hash("email:b@x.org")],
    });
    expect(hashesOf("j".repeat(64), subjectOf("u")).user).to.not.equal(hashesOf(key, subjectOf("u")).user);
  });
});
