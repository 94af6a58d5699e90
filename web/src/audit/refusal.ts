/** Why something is not what it claims to be, as a sentence. */
export class Refused extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Refused";
  }
}
