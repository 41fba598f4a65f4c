/** Whose hours a calendar holds, and how its events are matched to Plane. */

/** The timesheet settings of a calendar that is a source. */
export interface TimesheetSettings {
  /** The member of the workspace whose hours these are. */
  readonly memberId: string;
  /** Their e-mail address in invitations, in lower case: which events they declined, and `user_email` of the CSV. null: none. */
  readonly address: string | null;
  /** The project of events that nothing else matches; null for none. */
  readonly projectId: string | null;
  /** What becomes of events that are CLASS:PRIVATE or CONFIDENTIAL: `show` counts them without saying what they are. */
  readonly private: 'ignore' | 'show';
}
