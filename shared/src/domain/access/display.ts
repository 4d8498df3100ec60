/** What a lane's display can say. Languages beyond English are the display's business; the keys are the contract. */
export const displayTexts = {
  "entry.welcome": "Welcome",
  "entry.take_ticket": "Please take a ticket",
  "entry.show_code": "Please show your code",
  "entry.read_again": "Please move forward slowly",
  "entry.call_operator": "Please wait, we are calling for help",
  "entry.full": "Sorry, the car park is full",
  "entry.closed": "Sorry, the car park is closed",
  "entry.permit_full": "Sorry, all your places are taken",
  "entry.no_visitors": "Permit holders only",
  "entry.refused": "Entry is not possible",
  "exit.goodbye": "Goodbye, drive safely",
  "exit.pay": "Please pay",
  "exit.pay_later": "Goodbye, you can pay later",
  "exit.show_ticket": "Please show your ticket",
  "exit.read_again": "Please move forward slowly",
  "exit.call_operator": "Please wait, we are calling for help",
  "exit.refused": "Please use another lane",
  "lane.closed": "Lane closed",
  "lane.passage": "Please drive on",
} as const;

export type DisplayKey = keyof typeof displayTexts;
