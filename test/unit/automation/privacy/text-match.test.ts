import { expect } from "chai";
import { namesOneOf } from "../../../../automation/privacy/text-match";

describe("a message that names a person", () => {
  const names = namesOneOf(["user-0042", "Ann@Example.org", "7"]);

  it("holds the id or the address as a value, at any depth, in any case", () => {
    expect(names(JSON.stringify({ detail: { user_id: "USER-0042" } }))).to.equal(true);
    expect(names(JSON.stringify([{ user: { email: " ann@example.org " } }]))).to.equal(true);
    expect(names(JSON.stringify({ "ann@example.org": 1 }))).to.equal(true);
  });

  it("holds it in JSON within JSON, as SNS and EventBridge wrap it", () => {
    const alert = JSON.stringify({ userId: "user-0042", amount: 1200 });
    const message = JSON.stringify({ Message: JSON.stringify({ default: alert }), Type: "Notification" });
    expect(names(message)).to.equal(true);
    expect(names(message.replace("user-0042", "user-0043"))).to.equal(false);
  });

  it("holds it as a word of a text, not as a part of another id", () => {
    expect(names("Purchase of $1,200 by user user-0042, in prod")).to.equal(true);
    expect(names("write to <ann@example.org>.")).to.equal(true);
    for (const other of ["user-00421", "xuser-0042", "user-0042-b", "joann@example.org", "ann@example.organic"]) {
      expect(names(`by user ${other} in prod`), other).to.equal(false);
      expect(names(JSON.stringify({ userId: other })), other).to.equal(false);
    }
  });

  it("takes a short id as a whole value only, and a number only as a user id", () => {
    expect(names(JSON.stringify({ user_id: "7" }))).to.equal(true);
    expect(names(JSON.stringify({ userId: 7 }))).to.equal(true);
    expect(names(JSON.stringify({ quantity: 7, text: "7 of 9" }))).to.equal(false);
  });

  it("takes what is no JSON as text, and regular expressions in an id as plain characters", () => {
    expect(names('{"user_id": "user-0042"')).to.equal(true);
    expect(namesOneOf(["a.b+c"])("id a.b+c")).to.equal(true);
    expect(namesOneOf(["a.b+c"])("id aXbbc")).to.equal(false);
  });
});
